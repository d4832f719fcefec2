// The swaps `morph` and `morph:innerHTML` of htmx: what is there is changed into what has come, so that focus, scroll,
// open details and what is being typed stay. A page that asks again and again uses them.
import { Idiomorph } from "idiomorph";

type Swap = { isInlineSwap(style: string): boolean; handleSwap(style: string, target: Element, fragment: DocumentFragment): Node[] | false };
declare const htmx: { defineExtension(name: string, extension: Partial<Swap>): void };

const STYLES: Record<string, "outerHTML" | "innerHTML"> = { morph: "outerHTML", "morph:innerHTML": "innerHTML" };
const OWN = new Set(["open", "checked", "aria-pressed"]); // what people set

/** Whether an element is as it should be: a field in use, a moment that is told in the reader's zone, loaded details. */
function stays(old: Node, fresh: Node): boolean {
  if (!(old instanceof HTMLElement && fresh instanceof HTMLElement)) return false;
  if (old === document.activeElement && old.matches("input, textarea, select")) return true; // somebody is typing
  if (old instanceof HTMLTimeElement) return old.dateTime === (fresh as HTMLTimeElement).dateTime;
  return old instanceof HTMLDetailsElement && old.open && old.hasAttribute("hx-get");
}

const callbacks = {
  beforeNodeMorphed: (old: Node, fresh: Node) => !stays(old, fresh),
  beforeAttributeUpdated: (name: string) => !OWN.has(name),
};

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    const morphStyle = STYLES[style];
    return morphStyle ? (Idiomorph.morph(target, [...fragment.children], { morphStyle, callbacks }) as Node[]) : false;
  },
});

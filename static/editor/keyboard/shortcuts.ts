/** Listens to the keys of the table. */
import { camera } from "../state/camera.ts";
import { currentSelection } from "../state/document.ts";
import { type Shortcut, SHORTCUTS } from "./table.ts";
import { isTyping } from "./typing.ts";

const BY_KEY: ReadonlyMap<string, Shortcut> = new Map(SHORTCUTS.flatMap((entry) => entry.keys.map((key) => [key, entry] as const)));

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && leaveInspector(event.target)) return event.preventDefault();
    const found = BY_KEY.get(shortcut(event));
    if (!found || !isMeant(found, event)) return;
    if (found.run(event) !== false) event.preventDefault();
  });
}

/** `mod+shift+z`; Ctrl, or Cmd on a Mac, is mod. Of signs, Shift is part: it is `?` however it is typed. */
export function shortcut({ key, ctrlKey, metaKey, altKey, shiftKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">): string {
  const isSign = key.length === 1 && key.toLowerCase() === key.toUpperCase();
  const name = key === " " ? "space" : key.toLowerCase();
  return `${ctrlKey || metaKey ? "mod+" : ""}${altKey ? "alt+" : ""}${shiftKey && !isSign ? "shift+" : ""}${name}`;
}

/** Undo in a field is the field's; saving and running are meant from everywhere. */
function isMeant({ onCanvas, keys }: Shortcut, { target }: KeyboardEvent): boolean {
  if (isTyping(target)) return keys.some((key) => ["mod+s", "mod+enter", "mod+b", "mod+j", "f8", "shift+f8"].includes(key));
  if (!onCanvas) return true;
  return target === document.body || (target instanceof Element && target.closest(".canvas") !== null && !target.closest("button, a, .palette"));
}

/** Back from the fields of a node to the node. */
function leaveInspector(target: EventTarget | null): boolean {
  if (!(target instanceof Element) || !target.closest(".inspector")) return false;
  const [id] = currentSelection().nodes;
  if (id === undefined) camera().focus();
  else camera().focusNode(id);
  return true;
}

/** Which pins a wire may join, and in a sentence why not. The rules of types come from the server. */
import type { Document } from "./document.ts";
import { type Catalog, findPin, isLegal, pinsOf, type ResolvedPins } from "./library.ts";
import type { Pin, PinRef } from "./types.ts";

export interface Ends {
  readonly source: PinRef;
  readonly target: PinRef;
}

/** Two pins as source and target, whichever way the wire was drawn; null where both are on the same side. */
export function ends(one: PinRef, other: PinRef): Ends | null {
  if (one.side === other.side) return null;
  return one.side === "output" ? { source: one, target: other } : { source: other, target: one };
}

/**
 * Null where a wire may be drawn; else the reason why not. An input that has a wire may be wired anew. Whoever asks for
 * many pins hands in `circle`, which depends on the first pin alone.
 */
export function refusal(
  document: Document,
  catalog: Catalog,
  resolved: ResolvedPins,
  one: PinRef,
  other: PinRef,
  circle: ReadonlySet<string> = circleOf(document, catalog, one),
): string | null {
  const joined = ends(one, other);
  if (!joined) return one.side === "output" ? "Both pins are outputs." : "Both pins are inputs.";
  const source = pinAt(document, catalog, resolved, joined.source);
  const target = pinAt(document, catalog, resolved, joined.target);
  if (!source || !target) return "One of the pins is gone.";
  if (one.node === other.node && source.type !== "Exec") return "A node cannot feed itself.";
  return mismatch(catalog, source, target) ?? (circle.has(other.node) ? "This wire would close a circle of values." : null);
}

export function mismatch(catalog: Catalog, source: Pin, target: Pin): string | null {
  if (isLegal(catalog, source.type, target.type)) return null;
  if (source.type === "Exec") return "An Exec output leads only to an Exec input.";
  if (target.type === "Exec") return "An Exec input takes only an Exec output.";
  return `${article(source.type)} does not fit into ${article(target.type).replace("A", "a")}.`;
}

export function pinAt(document: Document, catalog: Catalog, resolved: ResolvedPins, ref: PinRef): Pin | undefined {
  const node = document.nodes.get(ref.node);
  return node && findPin(pinsOf(catalog, resolved, node), ref.side, ref.pin);
}

/** The nodes that a wire from this pin must not lead to, because values would go round among pure nodes. */
export function circleOf(document: Document, catalog: Catalog, from: PinRef): ReadonlySet<string> {
  const isPure = (id: string) => catalog.types.get(document.nodes.get(id)?.type ?? "")?.isPure ?? false;
  const found = new Set<string>();
  if (!isPure(from.node)) return found;
  const [near, far] = from.side === "output" ? (["target", "source"] as const) : (["source", "target"] as const);
  const next = Map.groupBy(document.wires, (wire) => wire[near]);
  const open = [from.node];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id) || !isPure(id)) continue;
    found.add(id);
    open.push(...(next.get(id) ?? []).map((wire) => wire[far]));
  }
  return found;
}

function article(type: string): string {
  return `${/^[AEIO]/.test(type) ? "An" : "A"} ${type}`;
}

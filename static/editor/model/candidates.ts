/** The pins that a wire from one pin may lead to, nearest first. */
import type { Boxes } from "./arrange.ts";
import type { Document } from "./document.ts";
import { pinPlace } from "./geometry.ts";
import { type Catalog, pinsOf, type ResolvedPins } from "./library.ts";
import type { GraphNode, Pin, PinRef, Point } from "./types.ts";
import { circleOf, ends, refusal } from "./wiring.ts";

export interface Candidate {
  readonly ref: PinRef;
  readonly pin: Pin;
  readonly node: GraphNode;
}

/** Left out: pins that refuse it, and pins that it leads to already. */
export function candidates(document: Document, catalog: Catalog, resolved: ResolvedPins, from: PinRef, boxes: Boxes): Candidate[] {
  const circle = circleOf(document, catalog, from);
  const side = from.side === "output" ? "input" : "output";
  const joined = new Set(document.wires.map((w) => `${w.source} ${w.sourceHandle} ${w.target} ${w.targetHandle}`));
  const isJoined = (ref: PinRef) => {
    const { source, target } = ends(from, ref)!;
    return joined.has(`${source.node} ${source.pin} ${target.node} ${target.pin}`);
  };
  const found = [...document.nodes.values()].flatMap((node) => {
    const pins = pinsOf(catalog, resolved, node);
    return (side === "input" ? pins.inputs : pins.outputs).map((pin) => ({ node, pin, ref: { node: node.id, pin: pin.name, side } as const }));
  });
  const fitting = found.filter(({ ref }) => !isJoined(ref) && refusal(document, catalog, resolved, from, ref, circle) === null);
  return sortedBy(fitting, ({ ref }) => distance(document, catalog, resolved, boxes, from, ref));
}

function sortedBy<T>(items: readonly T[], value: (item: T) => number): T[] {
  return items.map((item) => [item, value(item)] as const).sort(([, one], [, other]) => one - other).map(([item]) => item);
}

function distance(document: Document, catalog: Catalog, resolved: ResolvedPins, boxes: Boxes, one: PinRef, other: PinRef): number {
  const [a, b] = [one, other].map((ref) => placeOf(document, catalog, resolved, boxes, ref)) as [Point, Point];
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function placeOf(document: Document, catalog: Catalog, resolved: ResolvedPins, boxes: Boxes, { node, pin, side }: PinRef): Point {
  const pins = pinsOf(catalog, resolved, document.nodes.get(node)!);
  const row = (side === "input" ? pins.inputs : pins.outputs).findIndex(({ name }) => name === pin);
  const box = boxes.get(node)!;
  const place = pinPlace(side, row, box);
  return { x: box.x + place.x, y: box.y + place.y };
}

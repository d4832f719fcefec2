/** Aligning, distributing, straightening: each tells where nodes go, and changes nothing. */
import type { Box } from "./carrying.ts";
import { boundsOf } from "./geometry.ts";
import type { Point, Wire } from "./types.ts";

export type Boxes = ReadonlyMap<string, Box>;
export type Places = ReadonlyMap<string, Point>;
export type Side = "left" | "centre" | "right" | "top" | "middle" | "bottom";

/** Brings one side, or the middles, of all boxes onto one line. */
export function align(boxes: Boxes, side: Side): Places {
  const bounds = boundsOf(boxes.values());
  return bounds ? mapped(boxes, (box) => alignedTo(bounds, box, side)) : new Map();
}

/** The same gap between all, from left to right or from top to bottom; the first and the last stay. */
export function distribute(boxes: Boxes, axis: "x" | "y"): Places {
  const length = axis === "x" ? "width" : "height";
  const sorted = [...boxes].sort(([, one], [, other]) => one[axis] + one[length] / 2 - other[axis] - other[length] / 2);
  const bounds = boundsOf(boxes.values());
  if (!bounds || sorted.length < 3) return new Map();
  const gap = (bounds[length] - sorted.reduce((sum, [, box]) => sum + box[length], 0)) / (sorted.length - 1);
  const places = new Map<string, Point>();
  let next = bounds[axis];
  for (const [id, box] of sorted) {
    places.set(id, { x: box.x, y: box.y, [axis]: Math.round(next) });
    next += box[length] + gap;
  }
  return places;
}

/** How far a wire's ends lie below the tops of their nodes. */
export type PinHeights = (wire: Wire) => { readonly source: number; readonly target: number } | null;

/**
 * Brings each node level with the pin that feeds it, from left to right: along its first wire, where that is also the
 * first of its output, and where no other node is in the way. Wires come in the order in which they count.
 */
export function straighten(boxes: Boxes, wires: readonly Wire[], heights: PinHeights): Places {
  const places = new Map<string, Box>(boxes);
  const isTaken = (id: string, box: Box) => [...places].some(([other, there]) => other !== id && overlap(box, there));
  const sorted = [...boxes].sort(([, one], [, other]) => one.x - other.x);
  const led = new Set<string>();
  for (const [id, box] of sorted) {
    const wire = wires.find((w) => w.target === id && boxes.has(w.source) && boxes.get(w.source)!.x < box.x);
    const pins = wire && heights(wire);
    if (!wire || !pins || led.has(`${wire.source} ${wire.sourceHandle}`)) continue;
    const level = { ...box, y: places.get(wire.source)!.y + pins.source - pins.target };
    if (isTaken(id, level)) continue;
    led.add(`${wire.source} ${wire.sourceHandle}`);
    places.set(id, level);
  }
  return mapped(places, ({ x, y }) => ({ x, y }));
}

export function overlap(one: Box, other: Box): boolean {
  return one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;
}

function alignedTo(bounds: Box, { x, y, width, height }: Box, side: Side): Point {
  if (side === "left") return { x: bounds.x, y };
  if (side === "right") return { x: bounds.x + bounds.width - width, y };
  if (side === "centre") return { x: Math.round(bounds.x + (bounds.width - width) / 2), y };
  if (side === "top") return { x, y: bounds.y };
  if (side === "bottom") return { x, y: bounds.y + bounds.height - height };
  return { x, y: Math.round(bounds.y + (bounds.height - height) / 2) };
}

function mapped(boxes: Boxes, place: (box: Box) => Point): Places {
  return new Map([...boxes].map(([id, box]) => [id, place(box)]));
}

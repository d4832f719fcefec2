/** Going from node to node by direction: along wires where there are any, else to what lies that way. */
import type { Boxes } from "./arrange.ts";
import type { Box } from "./carrying.ts";
import type { Wire } from "./types.ts";

export type Direction = "left" | "right" | "up" | "down";

/** The next node; undefined where nothing lies that way. */
export function nextNode(from: string, direction: Direction, boxes: Boxes, wires: readonly Wire[]): string | undefined {
  const here = boxes.get(from);
  if (!here) return boxes.keys().next().value;
  const wired = wires.flatMap((wire) => alongWire(wire, from, direction)).filter((id) => id !== from && boxes.has(id));
  return nearest(wired.map((id) => [id, apart(here, boxes.get(id)!)])) ?? nearest(lyingThatWay(from, here, direction, boxes));
}

function alongWire(wire: Wire, from: string, direction: Direction): string[] {
  if (direction === "right" && wire.source === from) return [wire.target];
  if (direction === "left" && wire.target === from) return [wire.source];
  return [];
}

/** Nodes within the quarter that opens that way, by how far they are. */
function lyingThatWay(from: string, here: Box, direction: Direction, boxes: Boxes): [string, number][] {
  return [...boxes].flatMap(([id, there]): [string, number][] => {
    const { x, y } = offset(here, there);
    const [ahead, aside] = { left: [-x, y], right: [x, y], up: [-y, x], down: [y, x] }[direction] as [number, number];
    return id === from || ahead <= 0 || Math.abs(aside) > 2 * ahead ? [] : [[id, ahead + 2 * Math.abs(aside)]];
  });
}

function nearest(distances: readonly (readonly [string, number])[]): string | undefined {
  return distances.toSorted(([, one], [, other]) => one - other)[0]?.[0];
}

function apart(here: Box, there: Box): number {
  const { x, y } = offset(here, there);
  return Math.hypot(x, y);
}

function offset(here: Box, there: Box): { x: number; y: number } {
  return { x: there.x + there.width / 2 - here.x - here.width / 2, y: there.y + there.height / 2 - here.y - here.height / 2 };
}

/** Going to nodes and moving them by the arrow keys. */
import { box } from "../canvas/node-views.ts";
import { focusedNode, rememberFocus } from "../canvas/focused.ts";
import { carriedBy } from "../model/carrying.ts";
import { counted, moveNodes } from "../model/commands.ts";
import { GRID } from "../model/geometry.ts";
import { type Direction, nextNode } from "../model/neighbours.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, currentSelection, edit, select } from "../state/document.ts";
import { say } from "../state/view.ts";

const STEPS: Record<Direction, readonly [number, number]> = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/** The node that keys are meant for: the one that has the keyboard, else the one that alone is selected. */
export function currentNode(): string | null {
  const { nodes } = currentSelection();
  return focusedNode() ?? (nodes.size === 1 ? [...nodes][0]! : null);
}

/** Gives a node the keyboard, selects it, and brings it into sight. */
export function goTo(id: string): void {
  select([id]);
  rememberFocus(id);
  camera().show([id]);
  camera().focusNode(id);
}

export function go(direction: Direction): void {
  const { nodes, wires } = currentDocument();
  const from = currentNode() ?? [...currentSelection().nodes][0];
  const boxes = new Map([...nodes.values()].map((node) => [node.id, box(node)]));
  const next = from === undefined ? nodes.keys().next().value : nextNode(from, direction, boxes, wires);
  if (next !== undefined) goTo(next);
  else say("No node lies that way.");
}

/** Moves what is selected by so many steps of the grid; letters of one word and steps of one walk are undone together. */
export function nudge(direction: Direction, steps: number): void {
  const focused = focusedNode();
  if (focused && !currentSelection().nodes.size) select([focused]);
  const { nodes } = currentDocument();
  const [dx, dy] = STEPS[direction];
  const moving = carriedBy(currentSelection().nodes, nodes, box);
  const places = new Map([...moving].map((id) => [id, moved(nodes.get(id)!.position, dx * steps * GRID, dy * steps * GRID)]));
  const done = moveNodes(currentDocument(), places);
  if (done && edit({ ...done, merges: "nudge" })) tellPlace();
}

let telling: ReturnType<typeof setTimeout> | undefined;

/** Once the keys rest, so that a held key does not talk without end. */
function tellPlace(): void {
  clearTimeout(telling);
  telling = setTimeout(() => {
    const chosen = [...currentSelection().nodes].flatMap((id) => currentDocument().nodes.get(id) ?? []);
    const [first] = chosen;
    if (first) say(chosen.length === 1 ? `${first.data.label} at ${first.position.x}, ${first.position.y}` : `Moved ${counted(chosen.length, "node")}`);
  }, 400);
}

function moved({ x, y }: { x: number; y: number }, dx: number, dy: number) {
  return { x: x + dx, y: y + dy };
}

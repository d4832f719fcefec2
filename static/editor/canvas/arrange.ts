/** Arranging what is selected, or everything: each is one step to take back. */
import { align, type Boxes, distribute, type Places, type Side, straighten } from "../model/arrange.ts";
import { carries, contains } from "../model/carrying.ts";
import { counted, moveNodes } from "../model/commands.ts";
import { pinPlace } from "../model/geometry.ts";
import { COMMENT, findPin } from "../model/library.ts";
import type { Box } from "../model/carrying.ts";
import { pinsShown } from "../model/shown.ts";
import type { Change } from "../model/changes.ts";
import type { GraphNode, Pins, Wire } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { currentCatalog, currentResolved } from "../state/catalog.ts";
import { currentDocument, currentSelection, edit } from "../state/document.ts";
import { say } from "../state/view.ts";
import { box } from "./node-views.ts";

export function alignSelected(side: Side): void {
  move(align(selectedBoxes(), side), "Align");
}

export function distributeSelected(axis: "x" | "y"): void {
  const boxes = selectedBoxes();
  if (boxes.size < 3) say("Select three nodes or more to distribute them.", "error");
  else move(distribute(boxes, axis), "Distribute");
}

export function straightenSelected(): void {
  const boxes = selectedBoxes();
  const wires = currentDocument().wires.toSorted((one, other) => Number(isExec(other)) - Number(isExec(one)));
  move(straighten(boxes, wires, pinHeights), "Straighten");
}

/** Lays out what is selected; everything where nothing, or one node, is. */
export async function layOutSelected(): Promise<void> {
  const { layOut } = await import("../model/layout.ts");
  const chosen = currentSelection().nodes;
  const boxes = chosen.size > 1 ? selectedBoxes() : boxesOf(currentDocument().nodes.values());
  const links = currentDocument().wires.filter((w) => boxes.has(w.source) && boxes.has(w.target)).map((w) => ({ ...w, isExec: isExec(w) }));
  const changes = placedAt(layOut(boxes, links, holders(boxes)));
  if (!changes.length || !edit({ label: `Arrange ${counted(boxes.size, "node")}`, changes })) return;
  if (chosen.size < 2) camera().fit();
  say(`Arranged ${counted(boxes.size, "node")}`);
}

function move(places: Places, verb: string): void {
  const done = moveNodes(currentDocument(), places, verb);
  if (edit(done)) say(done!.label);
}

function selectedBoxes(): Boxes {
  return boxesOf([...currentSelection().nodes].flatMap((id) => currentDocument().nodes.get(id) ?? []));
}

function boxesOf(nodes: Iterable<GraphNode>): Boxes {
  return new Map([...nodes].map((node) => [node.id, box(node)]));
}

/** The smallest comment around each node, among those that are laid out. */
function holders(boxes: Boxes): ReadonlyMap<string, string> {
  const area = (id: string) => boxes.get(id)!.width * boxes.get(id)!.height;
  const comments = [...boxes.keys()].filter((id) => carries(currentDocument().nodes.get(id)!)).sort((one, other) => area(one) - area(other));
  return new Map([...boxes].flatMap(([id, inner]) => {
    const holder = comments.find((comment) => comment !== id && area(comment) > area(id) && contains(boxes.get(comment)!, inner));
    return holder ? [[id, holder] as const] : [];
  }));
}

function placedAt(boxes: ReadonlyMap<string, Box>): Change[] {
  return [...boxes].flatMap(([id, { x, y, width, height }]) => {
    const before = currentDocument().nodes.get(id)!;
    const resized = before.type === COMMENT && { size: { width, height } };
    const after: GraphNode = { ...before, position: { x, y }, ...resized };
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ kind: "node" as const, id, before, after }];
  });
}

function isExec(wire: Wire): boolean {
  return findPin(pins(wire.source), "output", wire.sourceHandle)?.type === "Exec";
}

function pinHeights(wire: Wire): { source: number; target: number } | null {
  const source = pins(wire.source).outputs.findIndex((pin) => pin.name === wire.sourceHandle);
  const target = pins(wire.target).inputs.findIndex((pin) => pin.name === wire.targetHandle);
  const height = (side: "input" | "output", row: number) => pinPlace(side, row, { width: 0, height: 0 }).y;
  return source < 0 || target < 0 ? null : { source: height("output", source), target: height("input", target) };
}

function pins(id: string): Pins {
  return pinsShown(currentDocument(), currentCatalog(), currentResolved(), currentDocument().nodes.get(id)!);
}

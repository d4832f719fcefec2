/** What is done when React Flow tells of something. Made once, because a new function would have every node and wire drawn anew. */
import type { Connection, Edge, FinalConnectionState, OnConnectStartParams, ReactFlowProps } from "@xyflow/react";
import type { MouseEvent as ReactMouseEvent } from "react";
import { connect, remove, rewire } from "../model/commands.ts";
import { moveOntoWire } from "../model/inserting.ts";
import type { PinRef } from "../model/types.ts";
import { pinAt } from "../model/wiring.ts";
import { openPalette } from "../palette/question.ts";
import { camera } from "../state/camera.ts";
import { currentCatalog, currentResolved } from "../state/catalog.ts";
import { currentDocument, currentSelection, edit, select, useDocument } from "../state/document.ts";
import { say } from "../state/view.ts";
import { reasonAgainst, startDragging, stopDragging, useDragged } from "./dragged.ts";
import type { FlowEdge, FlowNode } from "./flow.ts";
import { openMenu, openNodeMenu } from "./menu.tsx";

export const HANDLERS: Partial<ReactFlowProps<FlowNode, FlowEdge>> = {
  isValidConnection: (wire) => reasonAgainst(farEnd(wire as Connection)) === null,
  onNodeDragStop: letGo,
  onConnectStart: (_, params) => startDragging(pinOf(params)),
  onConnect: draw,
  onConnectEnd: endDrag,
  onReconnectStart: (_, edge) => moveEnd(edge.id),
  onReconnect: moveWire,
  onReconnectEnd: () => moveEnd(null),
  onNodeClick: (event, node) => pickOne(event, node.id),
  onNodeContextMenu: (event, node) => openNodeMenu(event, node.id),
  onEdgeContextMenu: (event, edge) => openMenu(event, { on: "wire", wire: edge.id }),
  onSelectionContextMenu: (event) => openMenu(event, { on: "nodes" }),
  onPaneContextMenu: (event) => ask(event, event.clientX, event.clientY),
  onMoveStart: () => mark(true),
  onMoveEnd: () => mark(false),
};

/** A click on one of several that are selected means that one. */
function pickOne({ shiftKey, ctrlKey, metaKey }: ReactMouseEvent, id: string): void {
  const { nodes, wires } = currentSelection();
  if (!shiftKey && !ctrlKey && !metaKey && nodes.has(id) && nodes.size + wires.size > 1) select([id]);
}

/** While the canvas moves it is one picture, which is moved and not painted anew. */
function mark(isMoving: boolean): void {
  document.querySelector(".canvas")?.toggleAttribute("data-moving", isMoving);
}

let movedWire: string | null = null;

/** The wire whose end is being moved. */
function moveEnd(wire: string | null): void {
  movedWire = wire;
}

function moveWire({ id }: Edge, wire: Connection): void {
  const [source, target] = both(wire);
  edit(rewire(currentDocument(), id, source, target, isExec(source)));
}

function draw(wire: Connection): void {
  const [source, target] = both(wire);
  edit(connect(currentDocument(), source, target, isExec(source)));
}

/** A wire let go over a pin that refuses it says why; in the open it asks for the node that it shall lead to. */
function endDrag(event: MouseEvent | TouchEvent, { isValid, toHandle }: FinalConnectionState): void {
  const { from } = useDragged.getState();
  stopDragging();
  if (!from || isValid) return;
  if (toHandle) {
    const over: PinRef = { node: toHandle.nodeId, pin: toHandle.id ?? "", side: toHandle.type === "source" ? "output" : "input" };
    startDragging(from);
    const reason = reasonAgainst(over);
    stopDragging();
    if (reason) say(reason, "error");
    return;
  }
  if (movedWire) {
    if (edit(remove(currentDocument(), [], [movedWire]))) say("Wire removed");
    return;
  }
  const { clientX, clientY } = "changedTouches" in event ? event.changedTouches[0]! : event;
  openPalette({ screen: { x: clientX, y: clientY }, at: camera().toCanvas({ x: clientX, y: clientY }), from });
}

export function ask(event: { preventDefault(): void }, x: number, y: number): void {
  event.preventDefault();
  if (useDocument.getState().isReadOnly) return;
  openPalette({ screen: { x, y }, at: camera().toCanvas({ x, y }) });
}

/** A node without wires that is let go over a wire is put onto it. */
function letGo(event: ReactMouseEvent | MouseEvent | TouchEvent, { id }: FlowNode, together: readonly FlowNode[]): void {
  if (together.length > 1) return;
  const { clientX, clientY } = "changedTouches" in event ? event.changedTouches[0]! : event;
  const edge = document.elementsFromPoint(clientX, clientY).find((element) => element.closest(".react-flow__edge"));
  const wire = edge?.closest(".react-flow__edge")?.getAttribute("data-id");
  const done = wire ? moveOntoWire(currentDocument(), currentCatalog(), currentResolved(), id, wire) : null;
  if (edit(done)) say(done!.label);
}

function pinOf({ nodeId, handleId, handleType }: OnConnectStartParams): PinRef {
  return { node: nodeId ?? "", pin: handleId ?? "", side: handleType === "source" ? "output" : "input" };
}

function both(wire: Connection): [PinRef, PinRef] {
  const source: PinRef = { node: wire.source, pin: wire.sourceHandle ?? "", side: "output" };
  return [source, { node: wire.target, pin: wire.targetHandle ?? "", side: "input" }];
}

/** The end of a possible wire that is not the one the drag began at. */
function farEnd(wire: Connection): PinRef {
  const [source, target] = both(wire);
  return useDragged.getState().from?.side === "input" ? source : target;
}

function isExec(source: PinRef): boolean {
  return pinAt(currentDocument(), currentCatalog(), currentResolved(), source)?.type === "Exec";
}

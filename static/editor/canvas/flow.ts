/** The document as React Flow draws it, and what is dragged on it before it is let go. */
import type { EdgeChange, NodeChange } from "@xyflow/react";
import { useCallback, useMemo, useState } from "react";
import type { Transaction } from "../model/changes.ts";
import { carriedBy } from "../model/carrying.ts";
import { moveNodes, resizeNode } from "../model/commands.ts";
import type { Point, Size } from "../model/types.ts";
import { useCatalog } from "../state/catalog.ts";
import { currentDocument, currentSelection, edit, type Selection, select, useDocument } from "../state/document.ts";
import { useStop } from "./focused.ts";
import { box, type FlowNode, nodeDrawn } from "./node-views.ts";
import { keptWhileBoxing } from "./adding.ts";
import { type FlowEdge, wiresDrawn } from "./wire-views.ts";

export type { FlowNode } from "./node-views.ts";
export type { FlowEdge } from "./wire-views.ts";

/** Where nodes are while they are dragged, and how large while they are resized. */
type Moving = ReadonlyMap<string, { readonly position?: Point; readonly size?: Size }>;
const RESTING: Moving = new Map();

export function useFlow() {
  const document = useDocument((state) => state.document);
  const selection = useDocument((state) => state.selection);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  const { catalog, resolved } = useCatalog();
  const stop = useStop();
  const [moving, setMoving] = useState(RESTING);
  const resting = useMemo(
    () => [...document.nodes.values()].map((node) => nodeDrawn(document, catalog, resolved, node, { selected: selection.nodes.has(node.id), isStop: node.id === stop, isReadOnly })),
    [document.nodes, document.wires, catalog, resolved, selection.nodes, stop, isReadOnly],
  );
  const nodes = useMemo(() => (moving.size ? resting.map((node) => displaced(node, moving)) : resting), [resting, moving]);
  const edges = useMemo(() => wiresDrawn(document, catalog, resolved, selection.wires), [catalog, resolved, document.nodes, document.wires, selection.wires]);
  const onNodesChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    selectBy(changes, currentSelection(), "nodes");
    setMoving((before) => moved(before, changes));
  }, []);
  const onEdgesChange = useCallback((changes: EdgeChange<FlowEdge>[]) => selectBy(changes, currentSelection(), "wires"), []);
  return { nodes, edges, onNodesChange, onEdgesChange };
}

function displaced(node: FlowNode, moving: Moving): FlowNode {
  const change = moving.get(node.id);
  if (!change) return node;
  const { position = node.position, size } = change;
  return { ...node, position, ...(size && { ...size, measured: size }) };
}

/** Follows a drag; what is let go is changed in the document. */
function moved(before: Moving, changes: NodeChange<FlowNode>[]): Moving {
  const resized = changes.find((change) => change.type === "dimensions" && change.resizing !== undefined);
  const positions = new Map(changes.flatMap((change) => (change.type === "position" && change.position ? [[change.id, change.position] as const] : [])));
  if (resized?.type === "dimensions") return resizing(before, resized, positions.get(resized.id));
  const isLetGo = changes.some((change) => change.type === "position" && change.dragging === false);
  if (!positions.size && !isLetGo) return before;
  const places = new Map(before);
  for (const [id, position] of withCarried(positions)) places.set(id, { position });
  if (!isLetGo) return places;
  later(() => moveNodes(currentDocument(), new Map([...places].flatMap(([id, { position }]) => (position ? [[id, position]] : [])))));
  return RESTING;
}

function resizing(before: Moving, change: NodeChange<FlowNode> & { type: "dimensions" }, at: Point | undefined): Moving {
  const { id, dimensions, resizing: goesOn } = change;
  const position = at ?? before.get(id)?.position;
  const size = dimensions ?? before.get(id)?.size;
  if (goesOn) return new Map([[id, { ...(position && { position }), ...(size && { size }) }]]);
  if (size) later(() => resizeNode(currentDocument(), id, { width: Math.round(size.width), height: Math.round(size.height) }, position));
  return RESTING;
}

/** What lies in a dragged comment goes with it. */
function withCarried(positions: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
  const { nodes } = currentDocument();
  const all = new Map(positions);
  for (const [id, to] of positions) {
    const from = nodes.get(id)?.position;
    if (!from) continue;
    for (const carried of carriedBy([id], nodes, box)) {
      const at = nodes.get(carried)!.position;
      if (!all.has(carried)) all.set(carried, { x: at.x + to.x - from.x, y: at.y + to.y - from.y });
    }
  }
  return all;
}

/** After this render, because it changes another store. */
function later(made: () => Transaction | null): void {
  queueMicrotask(() => edit(made()));
}

function selectBy(changes: readonly (NodeChange<FlowNode> | EdgeChange<FlowEdge>)[], selection: Selection, which: "nodes" | "wires"): void {
  const picked = changes.filter((change) => change.type === "select");
  if (!picked.length) return;
  const next = new Set(selection[which]);
  const kept = keptWhileBoxing()[which];
  for (const { id, selected } of picked) selected || kept.has(id) ? next.add(id) : next.delete(id);
  const both = { ...selection, [which]: next };
  select(both.nodes, both.wires);
}

/** The nodes of the document as React Flow draws them. What has not changed keeps its identity. */
import { type Node, type NodeHandle, Position } from "@xyflow/react";
import type { Box } from "../model/carrying.ts";
import { pinPlace, sizeOf } from "../model/geometry.ts";
import { type Catalog, COMMENT, type ResolvedPins } from "../model/library.ts";
import type { Document } from "../model/document.ts";
import { pinsShown } from "../model/shown.ts";
import type { GraphNode, NodeType, Pins, Size } from "../model/types.ts";
import { currentCatalog, currentResolved } from "../state/catalog.ts";
import { currentDocument } from "../state/document.ts";

export interface NodeView extends Record<string, unknown> {
  readonly node: GraphNode;
  readonly type: NodeType | undefined;
  readonly pins: Pins;
}

export type FlowNode = Node<NodeView>;

interface Manner {
  readonly selected: boolean;
  /** Whether Tab stops at it: the canvas is one stop, and the keys of the canvas lead on from there. */
  readonly isStop: boolean;
  readonly isReadOnly: boolean;
}

const HANDLE = 12;
const views = new WeakMap<GraphNode, FlowNode>();
const sizes = new WeakMap<GraphNode, { readonly pins: Pins; readonly size: Size }>();

export function nodeDrawn(document: Document, catalog: Catalog, resolved: ResolvedPins, node: GraphNode, manner: Manner): FlowNode {
  const pins = pinsShown(document, catalog, resolved, node);
  const known = views.get(node);
  if (known?.data.pins === pins && isDrawnSo(known, manner)) return known;
  const view = made(catalog.types.get(node.type), node, pins, manner);
  views.set(node, view);
  return view;
}

/** Where a node lies, its size found once. */
export function box(node: GraphNode): Box {
  const pins = pinsShown(currentDocument(), currentCatalog(), currentResolved(), node);
  let known = sizes.get(node);
  if (known?.pins !== pins) {
    known = { pins, size: sizeOf(node, pins) };
    sizes.set(node, known);
  }
  return { ...node.position, ...known.size };
}

export function describedBy(id: string): string {
  return `about-${id}`;
}

function isDrawnSo({ selected, draggable, domAttributes }: FlowNode, manner: Manner): boolean {
  return selected === manner.selected && draggable !== manner.isReadOnly && (domAttributes?.tabIndex === 0) === manner.isStop;
}

function made(type: NodeType | undefined, node: GraphNode, pins: Pins, { selected, isStop, isReadOnly }: Manner): FlowNode {
  const size = sizeOf(node, pins);
  const isComment = node.type === COMMENT;
  return {
    id: node.id,
    type: isComment ? "comment" : "pattern",
    position: node.position,
    ...size,
    measured: size,
    handles: handles(pins, size),
    selected,
    draggable: !isReadOnly,
    connectable: !isReadOnly,
    zIndex: isComment ? -1 : 0,
    ariaLabel: spoken(node, type),
    domAttributes: { tabIndex: isStop ? 0 : -1, "aria-describedby": describedBy(node.id) },
    data: { node, type, pins },
  };
}

const KINDS = { event: "event", function: "function", flow: "flow control", action: "action" };

function spoken(node: GraphNode, type: NodeType | undefined): string {
  if (node.type === COMMENT) return `Comment: ${String(node.data.properties.text ?? "") || "empty"}`;
  if (!type) return `${node.data.label}, unknown type ${node.type}`;
  return node.data.label === type.label ? `${type.label}, ${KINDS[type.kind]}` : `${node.data.label}, ${type.label}, ${KINDS[type.kind]}`;
}

function handles(pins: Pins, size: Size): NodeHandle[] {
  const side = (which: "input" | "output"): NodeHandle[] =>
    (which === "input" ? pins.inputs : pins.outputs).map((pin, index) => {
      const { x, y } = pinPlace(which, index, size);
      const position = which === "input" ? Position.Left : Position.Right;
      const type = which === "input" ? "target" : "source";
      return { id: pin.name, type, position, x: x - HANDLE / 2, y: y - HANDLE / 2, width: HANDLE, height: HANDLE };
    });
  return [...side("input"), ...side("output")];
}

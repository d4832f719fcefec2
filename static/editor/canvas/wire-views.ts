/** The wires of the document as React Flow draws them. What has not changed keeps its identity. */
import type { Edge } from "@xyflow/react";
import type { Document } from "../model/document.ts";
import { type Catalog, findPin, type ResolvedPins } from "../model/library.ts";
import { pinsShown } from "../model/shown.ts";
import type { GraphNode, PinType, Wire } from "../model/types.ts";

export interface WireView extends Record<string, unknown> {
  readonly wire: Wire;
  readonly type: PinType;
  /** Its place among the wires of its exec output, from 1; 0 where it is the only one. */
  readonly order: number;
}

export type FlowEdge = Edge<WireView>;

const views = new WeakMap<Wire, FlowEdge>();
const NOT_BY_TAB = { tabIndex: -1, "aria-describedby": undefined };

/** Left out: wires of pins that the server has yet to tell of, or that are gone, of which the problems tell. */
export function wiresDrawn(document: Document, catalog: Catalog, resolved: ResolvedPins, selected: ReadonlySet<string>): FlowEdge[] {
  const orders = execOrders(document.wires);
  const pinOf = (node: GraphNode, side: "input" | "output", name: string) => findPin(pinsShown(document, catalog, resolved, node), side, name);
  return document.wires.flatMap((wire) => {
    const [from, to] = [document.nodes.get(wire.source)!, document.nodes.get(wire.target)!];
    const source = pinOf(from, "output", wire.sourceHandle);
    const target = pinOf(to, "input", wire.targetHandle);
    if (!source || !target) return [];
    const order = source.type === "Exec" ? (orders.get(wire.id) ?? 0) : 0;
    const label = `Wire from ${from.data.label}, ${source.label}, to ${to.data.label}, ${target.label}`;
    return [wireDrawn(wire, source.type, order, label, selected.has(wire.id))];
  });
}

function wireDrawn(wire: Wire, type: PinType, order: number, ariaLabel: string, selected: boolean): FlowEdge {
  const known = views.get(wire);
  if (known?.data?.type === type && known.data.order === order && known.selected === selected && known.ariaLabel === ariaLabel) return known;
  const view: FlowEdge = { ...wire, type: "pattern", selected, data: { wire, type, order }, ariaLabel, domAttributes: NOT_BY_TAB };
  views.set(wire, view);
  return view;
}

/** The place of each wire among those of its output, for outputs with several. */
function execOrders(wires: readonly Wire[]): ReadonlyMap<string, number> {
  const groups = Map.groupBy(wires, (wire) => `${wire.source} ${wire.sourceHandle}`);
  const orders = new Map<string, number>();
  for (const group of groups.values()) if (group.length > 1) group.forEach((wire, index) => orders.set(wire.id, index + 1));
  return orders;
}

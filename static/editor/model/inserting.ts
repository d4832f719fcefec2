/** New nodes that come with their wires, in one transaction. */
import type { Transaction } from "./changes.ts";
import { addNodes, freeLabel, insertOnWire, makeNode, makeWire, removed } from "./commands.ts";
import { type Document, wiresOf } from "./document.ts";
import { pinPlace, sizeOf } from "./geometry.ts";
import { type Catalog, fittingPin, pinsOf, type ResolvedPins } from "./library.ts";
import type { GraphNode, NodeType, Pin, PinRef, Pins, Point, Values } from "./types.ts";
import { pinAt } from "./wiring.ts";

export interface Added {
  readonly transaction: Transaction | null;
  readonly node: GraphNode;
}

/** A node at a point of the canvas. */
export function addAt(document: Document, type: NodeType, at: Point): Added {
  return added(document, makeNode(document, type, at));
}

/** A node that reads or changes a variable, named after what it does. */
export function addForVariable(document: Document, type: NodeType, name: string, verb: string, at: Point): Added {
  const node = makeNode(document, type, at, freeLabel(document, `${verb} ${name}`));
  const defaults: Values = { name };
  return added(document, { ...node, data: { ...node.data, defaults } });
}

/** Puts a node that is there, and has no wires, onto a wire that fits it; null where it has some, or none fits. */
export function moveOntoWire(document: Document, catalog: Catalog, resolved: ResolvedPins, id: string, wireId: string): Transaction | null {
  const node = document.nodes.get(id);
  if (!node || wiresOf(document, id).length) return null;
  const pins = pinsForWire(document, catalog, resolved, wireId, pinsOf(catalog, resolved, node));
  return pins && insertOnWire(document, wireId, node, pins.input.name, pins.output.name);
}

function added(document: Document, node: GraphNode): Added {
  return { node, transaction: addNodes([node], [], document) };
}

/** A node wired to a pin: its best fitting pin lies at the point, where the wire was let go. */
export function addWired(document: Document, catalog: Catalog, resolved: ResolvedPins, type: NodeType, at: Point, from: PinRef): Added {
  const pin = pinAt(document, catalog, resolved, from);
  const fitting = pin && fittingPin(catalog, type, pin, from.side);
  if (!fitting) return addAt(document, type, at);
  const side = from.side === "output" ? "input" : "output";
  const node = makeNode(document, type, beside(document, type, fitting, side, at));
  const to: PinRef = { node: node.id, pin: fitting.name, side };
  const wire = side === "input" ? makeWire(document, from, to) : makeWire(document, to, from);
  const replaced = side === "output" && fitting.type !== "Exec" ? document.wires.filter((w) => w.target === from.node && w.targetHandle === from.pin) : [];
  const alone = addNodes([node], [], document)!;
  const gone = removed(document, replaced);
  const index = document.wires.length - gone.length;
  return { node, transaction: { ...alone, changes: [...alone.changes, ...gone, { kind: "wire", before: null, after: { wire, index } }] } };
}

/** The pins by which a node can be put onto a wire. */
export function pinsForWire(document: Document, catalog: Catalog, resolved: ResolvedPins, wireId: string, own: Pins): { input: Pin; output: Pin } | null {
  const wire = document.wires.find((w) => w.id === wireId);
  const source = wire && pinAt(document, catalog, resolved, { node: wire.source, pin: wire.sourceHandle, side: "output" });
  const target = wire && pinAt(document, catalog, resolved, { node: wire.target, pin: wire.targetHandle, side: "input" });
  if (!source || !target) return null;
  const input = fittingPin(catalog, own, source, "output");
  const output = fittingPin(catalog, own, target, "input");
  return input && output ? { input, output } : null;
}

/** A new node on a wire, its middle at the point. */
export function addOnWire(document: Document, catalog: Catalog, resolved: ResolvedPins, type: NodeType, at: Point, wireId: string): Added {
  const pins = pinsForWire(document, catalog, resolved, wireId, type);
  if (!pins) return addAt(document, type, at);
  const made = makeNode(document, type, at);
  const { width, height } = sizeOf(made, type);
  const node = makeNode(document, type, { x: at.x - width / 2, y: at.y - height / 2 });
  return { node, transaction: insertOnWire(document, wireId, node, pins.input.name, pins.output.name) };
}

function beside(document: Document, type: NodeType, pin: Pin, side: "input" | "output", at: Point): Point {
  const row = (side === "input" ? type.inputs : type.outputs).indexOf(pin);
  const place = pinPlace(side, row, sizeOf(makeNode(document, type, at), type));
  return { x: at.x - place.x, y: at.y - place.y };
}

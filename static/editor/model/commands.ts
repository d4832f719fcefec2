/**
 * What people do to a document, one function per verb. Each returns the transaction that does it, or null where there
 * is nothing to do; none changes the document.
 */
import type { Change, PlacedWire, Transaction } from "./changes.ts";
import { type About, type Document, newId } from "./document.ts";
import { equal } from "./equal.ts";
import { freshData } from "./library.ts";
import type { GraphNode, Json, NodeData, NodeType, PinRef, Point, Size, Values, Variable, Wire } from "./types.ts";
import { ends } from "./wiring.ts";

type Command = Transaction | null;

// --- Nodes -----------------------------------------------------------------------------------------------------------
export function makeNode(document: Document, type: NodeType, position: Point, label = freeLabel(document, type.label)): GraphNode {
  const id = newId("n", (taken) => document.nodes.has(taken));
  return { id, type: type.id, position: rounded(position), data: { ...freshData(type), label } };
}

export function addNodes(nodes: readonly GraphNode[], wires: readonly Wire[], document: Document, label?: string): Command {
  if (!nodes.length) return null;
  const changes: Change[] = nodes.map((node) => ({ kind: "node", id: node.id, before: null, after: node }));
  return { label: label ?? `Add ${named(nodes)}`, changes: [...changes, ...added(document, wires)] };
}

/** Removes nodes with all their wires, and single wires. */
export function remove(document: Document, nodeIds: Iterable<string>, wireIds: Iterable<string> = []): Command {
  const nodes = [...new Set(nodeIds)].flatMap((id) => document.nodes.get(id) ?? []);
  const gone = new Set(nodes.map((node) => node.id));
  const named_ = new Set(wireIds);
  const wires = document.wires.filter((w) => named_.has(w.id) || gone.has(w.source) || gone.has(w.target));
  if (!nodes.length && !wires.length) return null;
  const what = nodes.length ? named(nodes) : counted(wires.length, "wire");
  return { label: `Remove ${what}`, changes: [...removed(document, wires), ...removedNodes(document, gone)] };
}

export function moveNodes(document: Document, positions: ReadonlyMap<string, Point>, verb = "Move"): Command {
  const moved = [...positions].flatMap(([id, position]) => {
    const node = document.nodes.get(id);
    const to = rounded(position);
    return node && (node.position.x !== to.x || node.position.y !== to.y) ? [put(node, { ...node, position: to })] : [];
  });
  return moved.length ? { label: `${verb} ${counted(moved.length, "node")}`, changes: moved } : null;
}

export function resizeNode(document: Document, id: string, size: Size, position?: Point): Command {
  const node = document.nodes.get(id);
  return node ? { label: "Resize", changes: [put(node, { ...node, size, position: rounded(position ?? node.position) })] } : null;
}

export function renameNode(document: Document, id: string, label: string): Command {
  return changeData(document, id, "Rename", { label: label.trim() || typeLabel(document, id) }, `label ${id}`);
}

export function setNotes(document: Document, id: string, notes: string): Command {
  return changeData(document, id, "Change the notes", { notes }, `notes ${id}`);
}

/** Types a value for an unwired input; undefined takes it away, so that the pin's own default holds. */
export function setDefault(document: Document, id: string, pin: string, value: Json | undefined): Command {
  const defaults = withKey(document.nodes.get(id)?.data.defaults, pin, value);
  return changeData(document, id, "Change a value", { defaults }, `default ${id} ${pin}`);
}

export function setProperty(document: Document, id: string, name: string, value: Json | undefined): Command {
  const data = document.nodes.get(id)?.data;
  const properties = withKey(data?.properties, name, value);
  const defaults = withKey(data?.defaults, name, undefined); // where it is read from as well
  return changeData(document, id, "Change a property", { properties, ...(name in (data?.defaults ?? {}) && { defaults }) }, `property ${id} ${name}`);
}

/** Pins outputs, so that test runs take them instead of running the node; null unpins. */
export function setPinned(document: Document, pinned: ReadonlyMap<string, Values | null>): Command {
  const changes = [...pinned].flatMap(([id, values]) => {
    const node = document.nodes.get(id);
    if (!node || (!values && !node.data.pinned)) return [];
    const { pinned: _, ...rest } = node.data;
    return [put(node, { ...node, data: (values ? { ...rest, pinned: values } : rest) as NodeData })];
  });
  const verb = [...pinned.values()].some((values) => values) ? "Pin" : "Unpin";
  return changes.length ? { label: `${verb} ${counted(changes.length, "output")}`, changes } : null;
}

function changeData(document: Document, id: string, label: string, data: Partial<NodeData>, merges: string): Command {
  const node = document.nodes.get(id);
  if (!node) return null;
  const after = { ...node, data: { ...node.data, ...data } as NodeData };
  return equal(node, after) ? null : { label, merges, changes: [put(node, after)] };
}

// --- Wires -----------------------------------------------------------------------------------------------------------
/** Draws a wire. A data input takes one, so that an earlier one goes; the same wire twice is none. */
export function connect(document: Document, one: PinRef, other: PinRef, isExec: boolean): Command {
  const joined = ends(one, other);
  if (!joined) return null;
  const wire = makeWire(document, joined.source, joined.target);
  if (document.wires.some((w) => isSameWire(w, wire))) return null;
  const replaced = isExec ? [] : document.wires.filter((w) => w.target === wire.target && w.targetHandle === wire.targetHandle);
  const changes = removed(document, replaced);
  const index = document.wires.length - replaced.length;
  return { label: "Draw a wire", changes: [...changes, { kind: "wire", before: null, after: { wire, index } }] };
}

/** Moves one end of a wire to another pin; the wire keeps its place in the order. */
export function rewire(document: Document, id: string, one: PinRef, other: PinRef, isExec: boolean): Command {
  const joined = ends(one, other);
  const wire = document.wires.find((w) => w.id === id);
  if (!joined || !wire) return null;
  const after = { ...makeWire(document, joined.source, joined.target), id };
  if (document.wires.some((w) => isSameWire(w, after))) return null;
  const into = document.wires.filter((w) => w.id !== id && w.target === after.target && w.targetHandle === after.targetHandle);
  const index = document.wires.indexOf(wire);
  const change: Change = { kind: "wire", before: { wire, index }, after: { wire: after, index } };
  return { label: "Move a wire", changes: [change, ...removed(document, isExec ? [] : into)] };
}

export function disconnectPin(document: Document, ref: PinRef): Command {
  const found = document.wires.filter((w) =>
    ref.side === "input"
      ? w.target === ref.node && w.targetHandle === ref.pin
      : w.source === ref.node && w.sourceHandle === ref.pin,
  );
  return found.length ? { label: `Remove ${counted(found.length, "wire")}`, changes: removed(document, found) } : null;
}

/** Puts a node onto a wire: what came through the wire now comes through the node. */
export function insertOnWire(document: Document, wireId: string, node: GraphNode, input: string, output: string): Command {
  const wire = document.wires.find((w) => w.id === wireId);
  if (!wire) return null;
  const index = document.wires.indexOf(wire);
  const isNew = !document.nodes.has(node.id);
  const into: Wire = { ...wire, target: node.id, targetHandle: input };
  const onward = makeWire(document, { node: node.id, pin: output, side: "output" }, { node: wire.target, pin: wire.targetHandle, side: "input" });
  const changes: Change[] = [
    ...(isNew ? [{ kind: "node" as const, id: node.id, before: null, after: node }] : []),
    { kind: "wire", before: { wire, index }, after: { wire: into, index } },
    { kind: "wire", before: null, after: { wire: onward, index: index + 1 } },
  ];
  return { label: `Insert ${node.data.label}`, changes };
}

/** Lets an exec wire run earlier (-1) or later (+1) among those of its output. */
export function reorderWire(document: Document, id: string, by: -1 | 1): Command {
  const wire = document.wires.find((w) => w.id === id);
  if (!wire) return null;
  const siblings = document.wires.filter((w) => w.source === wire.source && w.sourceHandle === wire.sourceHandle);
  const other = siblings[siblings.indexOf(wire) + by];
  if (!other) return null;
  const index = document.wires.indexOf(wire);
  const to = document.wires.indexOf(other);
  return { label: "Change the order", changes: [{ kind: "wire", before: { wire, index }, after: { wire, index: to } }] };
}

export function makeWire(document: Document, source: PinRef, target: PinRef): Wire {
  const id = newId("w", (taken) => document.wires.some((wire) => wire.id === taken));
  return { id, source: source.node, sourceHandle: source.pin, target: target.node, targetHandle: target.pin };
}

// --- The pattern -----------------------------------------------------------------------------------------------------
export function setVariables(document: Document, variables: readonly Variable[], merges = ""): Command {
  if (equal(document.variables, variables)) return null;
  const change: Change = { kind: "variables", before: document.variables, after: variables };
  return { label: "Change the variables", changes: [change], ...(merges ? { merges: `variables ${merges}` } : {}) };
}

export function setAbout(document: Document, about: Partial<About>): Command {
  const after = { ...document.about, ...about };
  if (equal(document.about, after)) return null;
  const merges = `about ${Object.keys(about).join(" ")}`;
  return { label: "Change the pattern", merges, changes: [{ kind: "about", before: document.about, after }] };
}

/** Makes the document what another one is: a restored version, or what somebody else has saved. */
export function become(document: Document, other: Document, label: string): Command {
  const gone = new Set([...document.nodes.keys()].filter((id) => !other.nodes.has(id)));
  const nodes: Change[] = [...other.nodes].flatMap(([id, after]) => {
    const before = document.nodes.get(id) ?? null;
    return equal(before, after) ? [] : [{ kind: "node" as const, id, before, after }];
  });
  const wires = equal(document.wires, other.wires)
    ? []
    : [...removed(document, document.wires), ...other.wires.map((wire, index) => placed(wire, index))];
  const rest: Change[] = [];
  if (!equal(document.variables, other.variables)) rest.push({ kind: "variables", before: document.variables, after: other.variables });
  if (!equal(document.about, other.about)) rest.push({ kind: "about", before: document.about, after: other.about });
  if (!equal(document.extra, other.extra)) rest.push({ kind: "extra", before: document.extra, after: other.extra });
  const changes = [...removedNodes(document, gone), ...nodes, ...wires, ...rest];
  return changes.length ? { label, changes } : null;
}

// --- Parts -----------------------------------------------------------------------------------------------------------
/** “Log”, else “Log 2”, …: expressions name nodes by their labels. */
export function freeLabel(document: Document, label: string, taken: ReadonlySet<string> = new Set()): string {
  const used = new Set([...taken, ...[...document.nodes.values()].map((node) => node.data.label)]);
  if (!used.has(label)) return label;
  const stem = label.replace(/ \d+$/, "");
  for (let count = 2; ; count++) if (!used.has(`${stem} ${count}`)) return `${stem} ${count}`;
}

export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function named(nodes: readonly GraphNode[]): string {
  return nodes.length === 1 ? nodes[0]!.data.label : counted(nodes.length, "node");
}

function put(before: GraphNode, after: GraphNode): Change {
  return { kind: "node", id: before.id, before, after };
}

function placed(wire: Wire, index: number): Change {
  return { kind: "wire", before: null, after: { wire, index } };
}

function added(document: Document, wires: readonly Wire[]): Change[] {
  return wires.map((wire, position) => placed(wire, document.wires.length + position));
}

/** The last one first, so that taken back in turn each finds its old place. */
function removedNodes(document: Document, ids: ReadonlySet<string>): Change[] {
  const nodes = [...document.nodes.values()].map((before, at) => ({ kind: "node" as const, id: before.id, before, after: null, at }));
  return nodes.filter(({ id }) => ids.has(id)).reverse();
}

/** Likewise the last one first. */
export function removed(document: Document, wires: readonly Wire[]): Change[] {
  const found: PlacedWire[] = wires.map((wire) => ({ wire, index: document.wires.indexOf(wire) }));
  found.sort((one, other) => other.index - one.index);
  return found.map((before) => ({ kind: "wire", before, after: null }));
}

function isSameWire(one: Wire, other: Wire): boolean {
  return (["source", "sourceHandle", "target", "targetHandle"] as const).every((end) => one[end] === other[end]);
}

function withKey(values: Values = {}, key: string, value: Json | undefined): Values {
  const { [key]: _, ...rest } = values;
  return value === undefined ? rest : { ...values, [key]: value };
}

function typeLabel(document: Document, id: string): string {
  return document.nodes.get(id)?.type ?? "Node";
}

/** To whole pixels, so that a graph reads well as text. */
function rounded({ x, y }: Point): Point {
  return { x: Math.round(x), y: Math.round(y) };
}


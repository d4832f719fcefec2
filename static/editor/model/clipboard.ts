/** Nodes as text, to be carried between patterns, windows and people. */
import type { Transaction } from "./changes.ts";
import { addNodes, freeLabel } from "./commands.ts";
import { type Document, newId } from "./document.ts";
import { boundsOf } from "./geometry.ts";
import type { GraphNode, Json, Point, Values, Variable, Wire } from "./types.ts";
import { soundIn } from "./sound.ts";
import { usesOf } from "./variables.ts";

export interface Fragment {
  readonly nodes: readonly GraphNode[];
  readonly wires: readonly Wire[];
  readonly variables: readonly Variable[];
}

export interface Pasted {
  readonly transaction: Transaction | null;
  readonly ids: readonly string[];
}

export const MOST_CHARACTERS = 5_000_000;
const MOST_NODES = 5_000;

/** The chosen nodes with the wires among them and the variables that the pattern has. */
export function fragmentOf(document: Document, ids: ReadonlySet<string>): Fragment {
  return {
    nodes: [...document.nodes.values()].filter((node) => ids.has(node.id)),
    wires: document.wires.filter((wire) => ids.has(wire.source) && ids.has(wire.target)),
    variables: document.variables,
  };
}

export function toText({ nodes, wires, variables }: Fragment): string {
  return JSON.stringify({ dragops: "nodes", nodes, edges: wires, variables }, null, 2);
}

/** What a text holds: copied nodes, a stored graph or an exported pattern. A string says why it is none of them. */
export function fromText(text: string): Fragment | string {
  if (text.length > MOST_CHARACTERS) return "The clipboard holds more than can be pasted.";
  const found = soundIn(parsed(text));
  if (typeof found === "string") return found;
  if (!found.nodes.length) return "The clipboard holds no nodes.";
  return found.nodes.length > MOST_NODES ? `At most ${MOST_NODES} nodes are pasted at once.` : found;
}

/** Copies of the nodes at a point, else beside what they were copied from, with ids and labels of their own; expressions among them follow the labels. */
export function paste(document: Document, fragment: Fragment, at: Point | null, label = "Paste"): Pasted {
  const bounds = boundsOf(fragment.nodes.map((node) => ({ ...node.position, width: 0, height: 0 })));
  if (!bounds) return { transaction: null, ids: [] };
  const by = at ? { x: at.x - bounds.x, y: at.y - bounds.y } : beside(document, fragment);
  const ids = freshIds(document, fragment);
  const labels = freshLabels(document, fragment);
  const renamed = renamedBy(labels);
  const nodes = fragment.nodes.map((node) => copied(node, ids, labels, renamed, by));
  const wires = fragment.wires.map((wire) => ({ ...wire, id: newId("w", (id) => document.wires.some((w) => w.id === id)), source: ids.get(wire.source)!, target: ids.get(wire.target)! }));
  const added = addNodes(nodes, wires, document, `${label} ${nodes.length === 1 ? nodes[0]!.data.label : `${nodes.length} nodes`}`);
  return { transaction: added && withVariables(document, fragment, added), ids: nodes.map((node) => node.id) };
}

// --- Parts -----------------------------------------------------------------------------------------------------------
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The first step down the diagonal on which no copy lies yet. */
function beside(document: Document, { nodes }: Fragment): Point {
  const taken = new Set([...document.nodes.values()].map(({ position }) => `${position.x} ${position.y}`));
  const { x, y } = nodes[0]!.position;
  let step = 30;
  while (taken.has(`${Math.round(x + step)} ${Math.round(y + step)}`)) step += 30;
  return { x: step, y: step };
}

function freshIds(document: Document, { nodes }: Fragment): ReadonlyMap<string, string> {
  return new Map(nodes.map(({ id }) => [id, newId("n", (taken) => document.nodes.has(taken))]));
}

/** New labels by node. */
function freshLabels(document: Document, { nodes }: Fragment): ReadonlyMap<GraphNode, string> {
  const taken = new Set<string>();
  return new Map(nodes.map((node) => {
    const label = freeLabel(document, node.data.label, taken);
    taken.add(label);
    return [node, label];
  }));
}

function copied(node: GraphNode, ids: ReadonlyMap<string, string>, labels: ReadonlyMap<GraphNode, string>, renamed: Renamed, by: Point): GraphNode {
  const { properties, defaults } = node.data;
  const data = { ...node.data, label: labels.get(node)!, properties: relabelled(properties, renamed) as Values, defaults: relabelled(defaults, renamed) as Values };
  return { ...node, id: ids.get(node.id)!, position: { x: Math.round(node.position.x + by.x), y: Math.round(node.position.y + by.y) }, data };
}

/** New labels by old ones; of two nodes that were called alike, expressions mean the first. */
type Renamed = ReadonlyMap<string, string>;

function renamedBy(labels: ReadonlyMap<GraphNode, string>): Renamed {
  return new Map([...labels].reverse().map(([node, label]) => [node.data.label, label]));
}

/** `nodes["Old"]` becomes `nodes["New"]` in every text. */
function relabelled(value: Json | Values, labels: Renamed): Json {
  if (typeof value === "string") return value.includes("nodes[") ? value.replace(/\bnodes\[(["'])(.*?)\1\]/g, (all, quote: string, label: string) => (labels.has(label) ? `nodes[${quote}${labels.get(label)}${quote}]` : all)) : value;
  if (Array.isArray(value)) return value.map((item) => relabelled(item, labels));
  return value && typeof value === "object" ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, relabelled(item, labels)])) : (value as Json);
}

/** Variables that the pasted nodes name and the pattern lacks come along. */
function withVariables(document: Document, { nodes, variables }: Fragment, added: Transaction): Transaction {
  const known = new Set(document.variables.map(({ name }) => name));
  const carrying = { ...document, nodes: new Map(nodes.map((node) => [node.id, node])) };
  const missing = variables.filter(({ name }) => !known.has(name) && usesOf(carrying, name).length > 0);
  if (!missing.length) return added;
  const after = [...document.variables, ...missing];
  return { ...added, changes: [...added.changes, { kind: "variables", before: document.variables, after }] };
}

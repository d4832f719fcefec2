/** The document that is edited: a pattern's graph and what it says about itself. Nothing in it is changed in place. */
import { equal } from "./equal.ts";
import type { GraphNode, StoredGraph, Variable, Wire } from "./types.ts";

export interface About {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly isTemplate: boolean;
}

export interface Document {
  readonly about: About;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** In the order in which exec wires run. */
  readonly wires: readonly Wire[];
  readonly variables: readonly Variable[];
  /** Keys of the stored graph that this editor does not know, kept as they are. */
  readonly extra: Readonly<Record<string, unknown>>;
}

export const NO_ABOUT: About = { name: "", description: "", tags: [], isTemplate: false };

/** Reads a stored graph. What has no place on a canvas (doubled ids, wires without ends) is left out. */
export function read(graph: StoredGraph, about: About = NO_ABOUT): Document {
  const { nodes = [], edges = [], variables = [], ...extra } = graph;
  const found = new Map<string, GraphNode>();
  for (const node of nodes) if (node?.id && node.type && !found.has(node.id)) found.set(node.id, normal(node));
  const wires = dropDoubles(edges.filter((wire) => found.has(wire?.source) && found.has(wire?.target)));
  return { about, nodes: found, wires, variables: variables ?? [], extra };
}

/** The graph as it is stored. */
export function write(document: Document): StoredGraph {
  return {
    ...document.extra,
    nodes: [...document.nodes.values()],
    edges: document.wires,
    variables: document.variables,
  };
}

/** Ten random letters. Not randomUUID, which browsers have over HTTPS alone. */
export function randomHex(): string {
  return [...crypto.getRandomValues(new Uint8Array(5))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Ids are handed out here alone. */
export function newId(prefix: "n" | "w", taken: (id: string) => boolean): string {
  for (;;) {
    const id = prefix + randomHex();
    if (!taken(id)) return id;
  }
}

export function wiresOf(document: Document, nodeId: string): readonly Wire[] {
  return document.wires.filter((wire) => wire.source === nodeId || wire.target === nodeId);
}

/** Whether two documents say the same. The order of nodes, unlike that of wires, means nothing. */
export function isSame(one: Document, other: Document): boolean {
  return one === other || (equal(one.about, other.about) && isSameGraph(one, other));
}

export function isSameGraph(one: Document, other: Document): boolean {
  return (
    isSameNodes(one.nodes, other.nodes) &&
    equal(one.wires, other.wires) &&
    equal(one.variables, other.variables) &&
    equal(one.extra, other.extra)
  );
}

function isSameNodes(one: Document["nodes"], other: Document["nodes"]): boolean {
  return one === other || (one.size === other.size && [...one].every(([id, node]) => equal(node, other.get(id))));
}

function normal(node: GraphNode): GraphNode {
  const data = node.data ?? {};
  const x = Number(node.position?.x);
  const y = Number(node.position?.y);
  return {
    ...node,
    position: { x: Number.isFinite(x) ? x : 0, y: Number.isFinite(y) ? y : 0 },
    data: {
      ...data,
      label: typeof data.label === "string" && data.label.trim() ? data.label : node.type,
      properties: data.properties ?? {},
      defaults: data.defaults ?? {},
    },
  };
}

function dropDoubles(edges: readonly Wire[]): Wire[] {
  const seen = new Set<string>();
  return edges
    .map((wire, position) => (wire.id ? wire : { ...wire, id: `edge ${position + 1}` }))
    .filter((wire) => !seen.has(wire.id) && seen.add(wire.id));
}

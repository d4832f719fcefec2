/** What of a strange text is a graph: everything whose shape the editor could not draw or store is left out. */
import { read } from "./document.ts";
import type { GraphNode, NodeData, StoredGraph, Variable, Wire } from "./types.ts";

const DEEPEST = 100;
const FARTHEST = 1_000_000; // pixels of the canvas

export interface Sound {
  readonly nodes: readonly GraphNode[];
  readonly wires: readonly Wire[];
  readonly variables: readonly Variable[];
}

/** The nodes, wires and variables in copied nodes, a stored graph or an exported pattern; a string says why there are none. */
export function soundIn(found: unknown): Sound | string {
  const graph = graphIn(found);
  if (!graph) return "The clipboard holds no nodes.";
  if (isDeeperThan(DEEPEST, graph)) return "The nodes in the clipboard are nested too deeply.";
  const { nodes, wires, variables } = read(graph);
  const kept = new Map([...nodes].filter(([, node]) => isDrawable(node)).map(([id, node]) => [id, tidy(node)]));
  return {
    nodes: [...kept.values()],
    wires: wires.filter((wire) => kept.has(wire.source) && kept.has(wire.target) && hasPins(wire)),
    variables: variables.filter(isVariable),
  };
}

function graphIn(found: unknown): StoredGraph | null {
  if (!isObject(found)) return null;
  const graph = [found.graph, found.graphData, found].find(isObject)!;
  if (!Array.isArray(graph.nodes)) return null;
  return { nodes: objects<GraphNode>(graph.nodes), edges: objects<Wire>(graph.edges), variables: objects<Variable>(graph.variables) };
}

/** Those among them that are objects at all; what they hold is looked at by whoever reads them. */
function objects<T>(items: unknown): T[] {
  return Array.isArray(items) ? (items.filter(isObject) as T[]) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isDrawable({ id, type, position, data }: GraphNode): boolean {
  const isNear = Math.abs(position.x) <= FARTHEST && Math.abs(position.y) <= FARTHEST;
  return typeof id === "string" && typeof type === "string" && isNear && isObject(data.properties) && isObject(data.defaults);
}

function tidy({ size, data, ...node }: GraphNode): GraphNode {
  const { notes, pinned, ...rest } = data;
  const kept = { ...rest, ...(typeof notes === "string" && { notes }), ...(isObject(pinned) && { pinned }) } as NodeData;
  const isSize = isObject(size) && [size.width, size.height].every((length) => typeof length === "number" && length > 0 && length < FARTHEST);
  return { ...node, ...(isSize && { size }), data: kept };
}

function hasPins(wire: Wire): boolean {
  return typeof wire.sourceHandle === "string" && typeof wire.targetHandle === "string";
}

function isVariable({ name, type }: Variable): boolean {
  return typeof name === "string" && name !== "" && typeof type === "string";
}

/** Asked without recursion, which a hostile text would drive too deep. */
function isDeeperThan(most: number, value: unknown): boolean {
  let level = [value];
  for (let depth = 0; level.length; depth++) {
    if (depth > most) return true;
    level = level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []));
  }
  return false;
}

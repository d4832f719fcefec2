/** What a graph does, apart from its layout: by this a run's graph and the draft are compared. */
import { type Document, read } from "../model/document.ts";
import { COMMENT } from "../model/library.ts";
import type { StoredGraph } from "../model/types.ts";

/** Whether the draft would do what the graph does. Pinned data, notes and places do not count. */
export function isSameBehaviour(graph: StoredGraph, draft: Document): boolean {
  return behaviour(read(graph)) === behaviour(draft);
}

function behaviour({ nodes, wires, variables }: Document): string {
  const acting = [...nodes.values()].filter((node) => node.type !== COMMENT).sort((one, other) => (one.id < other.id ? -1 : 1));
  const told = acting.map(({ id, type, data }) => [id, type, data.label, sorted(data.properties), sorted(data.defaults)]);
  const drawn = wires.map(({ source, sourceHandle, target, targetHandle }) => [source, sourceHandle, target, targetHandle]);
  return JSON.stringify([told, drawn, variables.map(sorted)]);
}

/** As pairs in the order of their names: the order of keys says nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, held]) => [key, sorted(held)]);
}

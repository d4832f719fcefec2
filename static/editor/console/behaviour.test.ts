import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../model/document.ts";
import type { GraphNode, StoredGraph } from "../model/types.ts";
import { isSameBehaviour } from "./behaviour.ts";

function node(id: string, more: Partial<GraphNode["data"]> = {}, type = "Log"): GraphNode {
  return { id, type, position: { x: 0, y: 0 }, data: { label: id, properties: {}, defaults: { a: 1, b: 2 }, ...more } };
}

const GRAPH: StoredGraph = { nodes: [node("a"), node("b")], edges: [{ id: "w", source: "a", sourceHandle: "exec", target: "b", targetHandle: "exec" }], variables: [] };
const isSame = (other: Partial<StoredGraph>) => isSameBehaviour(GRAPH, read({ ...GRAPH, ...other }));

test("places, notes, pinned data, comments and the order of keys are no behaviour", () => {
  assert.ok(isSame({ nodes: [{ ...node("b"), position: { x: 9, y: 9 } }, node("a", { notes: "x", pinned: { exec: 1 } })] }));
  assert.ok(isSame({ nodes: [...GRAPH.nodes, node("c", {}, "Comment")] }));
  assert.ok(isSame({ nodes: [node("a", { defaults: { b: 2, a: 1 } }), node("b")] }));
});

test("values, names, wires and variables are", () => {
  assert.ok(!isSame({ nodes: [node("a", { defaults: { a: 2 } }), node("b")] }));
  assert.ok(!isSame({ nodes: [node("a", { label: "other" }), node("b")] }));
  assert.ok(!isSame({ edges: [] }));
  assert.ok(!isSame({ variables: [{ name: "n", type: "Integer", default: 0 }] }));
});

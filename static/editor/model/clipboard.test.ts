import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, invert } from "./changes.ts";
import { fragmentOf, fromText, paste, toText } from "./clipboard.ts";
import { type Document, read } from "./document.ts";
import type { GraphNode, Values } from "./types.ts";

function node(id: string, label: string, defaults: Values = {}): GraphNode {
  return { id, type: "Log", position: { x: 10, y: 20 }, data: { label, properties: {}, defaults } };
}

const DRAWN: Document = read({
  nodes: [node("a", "First"), node("b", "Second", { message: '{{ nodes["First"].result }} {{ vars.total }}' }), node("c", "Third")],
  edges: [
    { id: "ab", source: "a", sourceHandle: "exec", target: "b", targetHandle: "exec" },
    { id: "bc", source: "b", sourceHandle: "exec", target: "c", targetHandle: "exec" },
  ],
  variables: [{ name: "total", type: "Integer", default: 0 }, { name: "other", type: "String", default: "" }],
});

const copied = () => {
  const fragment = fromText(toText(fragmentOf(DRAWN, new Set(["a", "b"]))));
  assert.ok(typeof fragment !== "string");
  return fragment;
};

test("copies bring the wires among them, and no others", () => {
  assert.deepEqual(copied().wires.map(({ id }) => id), ["ab"]);
});

test("pasted nodes have ids and labels of their own, and expressions follow the labels", () => {
  const { transaction, ids } = paste(DRAWN, copied(), null);
  const after = apply(DRAWN, transaction!);
  const [first, second] = ids.map((id) => after.nodes.get(id)!);
  assert.equal(after.nodes.size, 5);
  assert.deepEqual([first!.data.label, second!.data.label], ["First 2", "Second 2"]);
  assert.equal(second!.data.defaults.message, '{{ nodes["First 2"].result }} {{ vars.total }}');
  assert.deepEqual(first!.position, { x: 40, y: 50 });
  const wire = after.wires.at(-1)!;
  assert.deepEqual([wire.source, wire.target], ids);
});

test("nodes land where the pointer is", () => {
  const { transaction, ids } = paste(DRAWN, copied(), { x: 500, y: 700 });
  assert.deepEqual(apply(DRAWN, transaction!).nodes.get(ids[0]!)!.position, { x: 500, y: 700 });
});

test("variables that are named come along, others do not", () => {
  const empty = read({ nodes: [], edges: [] });
  const after = apply(empty, paste(empty, copied(), null).transaction!);
  assert.deepEqual(after.variables.map(({ name }) => name), ["total"]);
});

test("a paste is taken back in one step", () => {
  const { transaction } = paste(DRAWN, copied(), null);
  assert.deepEqual(apply(apply(DRAWN, transaction!), invert(transaction!)), DRAWN);
});

test("stored graphs and exported patterns can be pasted", () => {
  const graph = { nodes: [node("x", "X")], edges: [] };
  for (const text of [graph, { graph, dragops: 1 }, { graphData: graph }]) {
    const found = fromText(JSON.stringify(text));
    assert.ok(typeof found !== "string");
    assert.equal(found.nodes.length, 1);
  }
});

test("what is no graph is refused with a sentence", () => {
  const hostile = ["", "hello", "null", "7", "[]", "{}", '{"nodes": 5}', '{"nodes": [null, 3, {"id": 1}]}', '{"nodes": []}', "x".repeat(5_000_001), `{"nodes": [${"[".repeat(5000)}`];
  for (const text of hostile) assert.equal(typeof fromText(text), "string", text.slice(0, 40));
});

test("nodes whose data are none are left out", () => {
  const found = fromText('{"nodes": [{"id": "a", "type": "Log", "data": {"label": 5, "properties": [], "defaults": "x"}}, {"id": "b", "type": "Log"}]}');
  assert.ok(typeof found !== "string");
  assert.deepEqual(found.nodes.map(({ id }) => id), ["b"]);
});

test("nodes that are called alike get labels of their own", () => {
  const twins = fromText(JSON.stringify({ nodes: [node("a", "Same"), node("b", "Same")], edges: [] }));
  assert.ok(typeof twins !== "string");
  const { transaction } = paste(read({ nodes: [], edges: [] }), twins, null);
  const labels = [...apply(read({ nodes: [], edges: [] }), transaction!).nodes.values()].map(({ data }) => data.label);
  assert.deepEqual(labels, ["Same", "Same 2"]);
});

test("the same nodes pasted again lie beside the first copies", () => {
  const once = apply(DRAWN, paste(DRAWN, copied(), null).transaction!);
  const { transaction, ids } = paste(once, copied(), null);
  assert.deepEqual(apply(once, transaction!).nodes.get(ids[0]!)!.position, { x: 70, y: 80 });
});

test("a variable comes along by its whole name alone", () => {
  const text = { nodes: [node("a", "A", { message: "{{ vars.total_sum }}" })], edges: [], variables: [{ name: "total", type: "Integer", default: 0 }, { name: "total_sum", type: "Integer", default: 0 }] };
  const found = fromText(JSON.stringify(text));
  assert.ok(typeof found !== "string");
  const empty = read({ nodes: [], edges: [] });
  assert.deepEqual(apply(empty, paste(empty, found, null).transaction!).variables.map(({ name }) => name), ["total_sum"]);
});

test("wires of nodes that are left out, and wires without pins, are left out", () => {
  const broken = { id: "bad", type: "Log", position: { x: 0, y: 0 }, data: { label: "Bad", properties: [], defaults: {} } };
  const wire = { sourceHandle: "exec", targetHandle: "exec" };
  const edges = [{ id: "1", source: "a", target: "bad", ...wire }, { id: "2", source: "a", target: "b", ...wire }, { id: "3", source: "a", target: "b", sourceHandle: {}, targetHandle: "exec" }];
  const found = fromText(JSON.stringify({ nodes: [node("a", "A"), node("b", "B"), broken], edges }));
  assert.ok(typeof found !== "string");
  assert.deepEqual(found.wires.map(({ id }) => id), ["2"]);
});

test("notes, pinned data and sizes of another shape are left out", () => {
  const data = { label: "A", notes: { no: "text" }, pinned: [1], properties: {}, defaults: {} };
  const found = fromText(JSON.stringify({ nodes: [{ id: "a", type: "Comment", position: { x: 0, y: 0 }, size: { width: "wide" }, data }] }));
  assert.ok(typeof found !== "string");
  assert.deepEqual(found.nodes[0], { id: "a", type: "Comment", position: { x: 0, y: 0 }, data: { label: "A", properties: {}, defaults: {} } });
});

test("values that are nested too deeply are refused", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const text = `{"nodes": [{"id": "a", "type": "Log", "data": {"properties": {"value": ${deep}}}}]}`;
  assert.equal(fromText(text), "The nodes in the clipboard are nested too deeply.");
});

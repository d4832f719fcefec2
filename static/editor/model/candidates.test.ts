import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates } from "./candidates.ts";
import { carriedBy } from "./carrying.ts";
import { read } from "./document.ts";
import { previewOf, sizeOf } from "./geometry.ts";
import { catalogOf } from "./library.ts";
import { pinsShown } from "./shown.ts";
import type { GraphNode, Library, NodeType, Pin, PinType, Wire } from "./types.ts";

const pin = (name: string, type: PinType, value: string | null = null): Pin => ({ name, label: name, type, default: value, required: false, choices: [] });
const type = (id: string, inputs: Pin[], outputs: Pin[], isPure = false): NodeType => ({ id, label: id, category: "", description: "", kind: "action", isPure, properties: [], hasPinRule: false, isPinnable: true, inputs, outputs });
const TYPES = [
  type("Log", [pin("exec", "Exec"), pin("message", "Any", "hello there, whoever reads this")], [pin("exec", "Exec")]),
  type("Add", [pin("a", "Float")], [pin("result", "Float")], true),
];
const WIRES = { Exec: ["Exec"], Float: ["Float", "Any"], Any: ["Any", "Float"] } as unknown as Library["wires"];
const CATALOG = catalogOf({ nodes: TYPES, wires: WIRES, variableTypes: [], declarableTypes: [] });
const node = (id: string, kind: string, x: number, y = 0, rest: object = {}): GraphNode => ({ id, type: kind, position: { x, y }, data: { label: id, properties: {}, defaults: {} }, ...rest });
const wire = (source: string, sourceHandle: string, target: string, targetHandle: string): Wire => ({ id: `${source}${target}`, source, sourceHandle, target, targetHandle });
const NONE = new Map();

function found(nodes: GraphNode[], edges: Wire[], from: { node: string; pin: string; side: "input" | "output" }): string[] {
  const document = read({ nodes, edges });
  const boxes = new Map(nodes.map((it) => [it.id, { ...it.position, width: 150, height: 100 }]));
  return candidates(document, CATALOG, NONE, from, boxes).map(({ ref }) => `${ref.node}.${ref.pin}`);
}

test("a value may lead to what takes it, nearest first, and not to an exec pin", () => {
  const nodes = [node("sum", "Add", 0), node("far", "Log", 900), node("near", "Log", 200)];
  assert.deepEqual(found(nodes, [], { node: "sum", pin: "result", side: "output" }), ["near.message", "far.message"]);
});

test("an input is offered outputs, and an exec input exec outputs, its own node's among them", () => {
  const nodes = [node("one", "Log", 0), node("two", "Log", 200), node("sum", "Add", 90)];
  assert.deepEqual(found(nodes, [], { node: "two", pin: "message", side: "input" }), ["sum.result"]);
  assert.deepEqual(found(nodes, [], { node: "two", pin: "exec", side: "input" }).sort(), ["one.exec", "two.exec"]);
});

test("left out are pins it leads to already, and circles of values", () => {
  const nodes = [node("one", "Add", 0), node("two", "Add", 200), node("log", "Log", 400)];
  const edges = [wire("one", "result", "two", "a"), wire("two", "result", "log", "message")];
  assert.deepEqual(found(nodes, edges, { node: "two", pin: "result", side: "output" }), []);
  assert.deepEqual(found(nodes, edges, { node: "one", pin: "result", side: "output" }), ["log.message"]);
});

test("a typed value stands before the pin's own, both cut short, and widens the node", () => {
  const plain = node("log", "Log", 0);
  const message = TYPES[0]!.inputs[1]!;
  assert.equal(previewOf(plain, message), "hello there, …");
  const typed = node("log", "Log", 0, 0, { data: { label: "log", properties: {}, defaults: { message: { a: 1 } } } });
  assert.equal(previewOf(typed, message), '{"a":1}');
  assert.ok(sizeOf(plain, TYPES[0]!).width > sizeOf(typed, TYPES[0]!).width);
});

test("an unknown type shows the pins of its wires, in their types, and of its typed values", () => {
  const nodes = [node("log", "Log", 0), node("gone", "Gone", 200, 0, { data: { label: "gone", properties: {}, defaults: { subject: "x" } } })];
  const document = read({ nodes, edges: [wire("log", "exec", "gone", "begin")] });
  const { inputs, outputs } = pinsShown(document, CATALOG, NONE, document.nodes.get("gone")!);
  assert.deepEqual(inputs.map((it) => [it.name, it.type]), [["begin", "Exec"], ["subject", "Any"]]);
  assert.deepEqual(outputs, []);
});

test("a comment carries what lies wholly in it, and what lies in a comment that it carries", () => {
  const nodes = [
    node("outer", "Comment", 0, 0, { size: { width: 1000, height: 1000 } }),
    node("inner", "Comment", 10, 10, { size: { width: 300, height: 300 } }),
    node("deep", "Log", 20, 60),
    node("edge", "Log", 950, 10),
  ];
  const { nodes: all } = read({ nodes, edges: [] });
  const box = (it: GraphNode) => ({ ...it.position, ...(it.size ?? { width: 150, height: 100 }) });
  assert.deepEqual([...carriedBy(["outer"], all, box)], ["outer", "inner", "deep"]);
  const fixed = new Map([...all, ["outer", { ...all.get("outer")!, data: { ...all.get("outer")!.data, properties: { carriesNodes: false } } }]]);
  assert.deepEqual([...carriedBy(["outer"], fixed, box)], ["outer"]);
});

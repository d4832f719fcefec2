import assert from "node:assert/strict";
import { test } from "node:test";
import { apply } from "./changes.ts";
import { makeNode } from "./commands.ts";
import { read } from "./document.ts";
import { addOnWire, addWired, pinsForWire } from "./inserting.ts";
import { catalogOf } from "./library.ts";
import type { GraphNode, Library, NodeType, Pin, PinRef, PinType } from "./types.ts";
import { circleOf, refusal } from "./wiring.ts";

const pin = (name: string, type: PinType): Pin => ({ name, label: name, type, default: null, required: false, choices: [] });
const exec = pin("exec", "Exec");
const make = (id: string, isPure: boolean, inputs: Pin[], outputs: Pin[]): NodeType => ({ id, label: id, category: "", description: "", kind: isPure ? "function" : "action", isPure, inputs, outputs, properties: [], hasPinRule: false, isPinnable: false });
const LOG = make("Log", false, [exec, pin("message", "Any")], [exec]);
const ADD = make("Add", true, [pin("a", "Float"), pin("b", "Float")], [pin("result", "Float")]);
const UPPER = make("Upper", true, [pin("value", "String")], [pin("result", "String")]);
const LENGTH = make("Length", true, [pin("array", "Array")], [pin("length", "Integer")]);
const WIRES = { Exec: ["Exec"], Float: ["Float", "String", "Any"], String: ["String", "Float", "Any"], Integer: ["Float", "Any"], Any: ["Any", "Array"], Array: ["Array", "Any"] };
const catalog = catalogOf({ nodes: [LOG, ADD, UPPER, LENGTH], wires: WIRES as unknown as Library["wires"], variableTypes: [], declarableTypes: [] });
const resolved = new Map();

const node = (id: string, type: string): GraphNode => ({ id, type, position: { x: 0, y: 0 }, data: { label: id, properties: {}, defaults: {} } });
const output = (node: string, pin: string): PinRef => ({ node, pin, side: "output" });
const input = (node: string, pin: string): PinRef => ({ node, pin, side: "input" });
const DRAWN = read({
  nodes: [node("one", "Log"), node("two", "Log"), node("x", "Add"), node("y", "Add"), node("n", "Length")],
  edges: [
    { id: "e", source: "one", sourceHandle: "exec", target: "two", targetHandle: "exec" },
    { id: "d", source: "x", sourceHandle: "result", target: "y", targetHandle: "a" },
  ],
});
const why = (one: PinRef, other: PinRef) => refusal(DRAWN, catalog, resolved, one, other);

test("pins of legal types are joined, whichever end the wire was drawn from", () => {
  assert.equal(why(output("x", "result"), input("one", "message")), null);
  assert.equal(why(input("one", "message"), output("x", "result")), null);
});

test("the reason of a refusal is a sentence", () => {
  assert.equal(why(output("x", "result"), output("y", "result")), "Both pins are outputs.");
  assert.equal(why(output("one", "exec"), input("y", "a")), "An Exec output leads only to an Exec input.");
  assert.equal(why(output("x", "result"), input("two", "exec")), "An Exec input takes only an Exec output.");
  assert.equal(why(output("x", "result"), input("n", "array")), "A Float does not fit into an Array.");
  assert.equal(why(output("x", "result"), input("x", "a")), "A node cannot feed itself.");
  assert.equal(why(output("gone", "x"), input("x", "a")), "One of the pins is gone.");
});

test("values must not go round among pure nodes, and exec wires may", () => {
  assert.equal(why(output("y", "result"), input("x", "a")), "This wire would close a circle of values.");
  assert.equal(why(output("two", "exec"), input("one", "exec")), null);
  assert.deepEqual([...circleOf(DRAWN, catalog, output("y", "result"))].sort(), ["x", "y"]);
});

test("a node that is chosen for a wire comes wired, in one step", () => {
  const { transaction, node: added } = addWired(DRAWN, catalog, resolved, LOG, { x: 300, y: 0 }, output("two", "exec"));
  const after = apply(DRAWN, transaction!);
  const wire = after.wires.at(-1)!;
  assert.deepEqual([wire.source, wire.target, wire.targetHandle], ["two", added.id, "exec"]);
});

test("what feeds a wired input takes the place of what fed it", () => {
  const { transaction } = addWired(DRAWN, catalog, resolved, UPPER, { x: 0, y: 0 }, input("y", "a"));
  assert.equal(apply(DRAWN, transaction!).wires.filter((wire) => wire.target === "y" && wire.targetHandle === "a").length, 1);
});

test("a node is put onto a wire where it fits both ends", () => {
  assert.equal(pinsForWire(DRAWN, catalog, resolved, "e", ADD), null);
  const { transaction, node: added } = addOnWire(DRAWN, catalog, resolved, LOG, { x: 0, y: 0 }, "e");
  const after = apply(DRAWN, transaction!);
  const chain = after.wires.filter((wire) => wire.sourceHandle === "exec").map((wire) => [wire.source, wire.target]);
  assert.deepEqual(chain, [["one", added.id], [added.id, "two"]]);
});

test("labels stay unlike, because expressions name nodes by them", () => {
  const made = makeNode(DRAWN, { ...LOG, label: "one" }, { x: 0, y: 0 });
  assert.equal(made.data.label, "one 2");
});

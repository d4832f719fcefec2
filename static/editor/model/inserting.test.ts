import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, invert } from "./changes.ts";
import { type Document, read } from "./document.ts";
import { addForVariable, addOnWire, addWired, moveOntoWire, pinsForWire } from "./inserting.ts";
import { catalogOf } from "./library.ts";
import type { GraphNode, Library, NodeType, Pin, PinType } from "./types.ts";

const pin = (name: string, type: PinType): Pin => ({ name, label: name, type, default: null, required: false, choices: [] });

function type(id: string, inputs: Pin[], outputs: Pin[]): NodeType {
  return { id, label: id, category: "Any", description: "", kind: "action", isPure: false, inputs, outputs, properties: [], hasPinRule: false, isPinnable: false };
}

const EXEC = pin("exec", "Exec");
const START = type("Start", [], [EXEC]);
const LOG = type("Log", [EXEC, pin("level", "String"), pin("message", "Any")], [EXEC]);
const RANDOM = type("Random", [], [pin("result", "Float")]);
const ROUND = type("Round", [pin("digits", "Integer"), pin("value", "Float")], [pin("result", "Float")]);
const GET = type("GetVariable", [pin("name", "String")], [pin("value", "Any")]);
const wires = { Exec: ["Exec"], Float: ["Float", "Integer", "Any"], Any: ["Any"], String: ["String", "Any"] } as unknown as Library["wires"];
const CATALOG = catalogOf({ nodes: [START, LOG, RANDOM, ROUND, GET], wires, variableTypes: [], declarableTypes: [] });
const NONE = new Map();

const node = (id: string, of: string): GraphNode => ({ id, type: of, position: { x: 0, y: 0 }, data: { label: id, properties: {}, defaults: {} } });
const DRAWN: Document = read({
  nodes: [node("start", "Start"), node("log", "Log"), node("alone", "Log"), node("random", "Random")],
  edges: [
    { id: "run", source: "start", sourceHandle: "exec", target: "log", targetHandle: "exec" },
    { id: "say", source: "random", sourceHandle: "result", target: "log", targetHandle: "message" },
  ],
});

const joined = ({ wires }: Document) => wires.map((w) => `${w.source}.${w.sourceHandle} > ${w.target}.${w.targetHandle}`);

test("a wire let go in the open leads to the pin of its own type, not to the first that would take it", () => {
  const { node: made, transaction } = addWired(DRAWN, CATALOG, NONE, ROUND, { x: 0, y: 0 }, { node: "random", pin: "result", side: "output" });
  const after = apply(DRAWN, transaction!);
  assert.equal(joined(after).at(-1), `random.result > ${made.id}.value`);
  assert.deepEqual(apply(after, invert(transaction!)), DRAWN);
});

test("a new source takes the place of the wire that a data input had", () => {
  const { node: made, transaction } = addWired(DRAWN, CATALOG, NONE, RANDOM, { x: 0, y: 0 }, { node: "log", pin: "message", side: "input" });
  assert.deepEqual(joined(apply(DRAWN, transaction!)), ["start.exec > log.exec", `${made.id}.result > log.message`]);
});

test("only what fits both ends fits onto a wire", () => {
  const fits = (wire: string) => CATALOG.library.nodes.filter((one) => pinsForWire(DRAWN, CATALOG, NONE, wire, one)).map(({ id }) => id);
  assert.deepEqual(fits("run"), ["Log"]);
  assert.deepEqual(fits("say"), ["Round"]);
});

test("what came through the wire comes through the node that is put onto it", () => {
  const { node: made, transaction } = addOnWire(DRAWN, CATALOG, NONE, ROUND, { x: 0, y: 0 }, "say");
  const after = apply(DRAWN, transaction!);
  assert.deepEqual(joined(after).slice(1), [`random.result > ${made.id}.value`, `${made.id}.result > log.message`]);
});

test("a node without wires moves onto a wire, one with wires does not", () => {
  assert.deepEqual(joined(apply(DRAWN, moveOntoWire(DRAWN, CATALOG, NONE, "alone", "run")!)), ["start.exec > alone.exec", "alone.exec > log.exec", "random.result > log.message"]);
  assert.equal(moveOntoWire(DRAWN, CATALOG, NONE, "random", "run"), null);
  assert.equal(moveOntoWire(DRAWN, CATALOG, NONE, "alone", "say"), null);
});

test("a node for a variable names it and is labelled after it", () => {
  const { node: made } = addForVariable(DRAWN, GET, "total", "Get", { x: 5, y: 6 });
  assert.deepEqual([made.data.label, made.data.defaults], ["Get total", { name: "total" }]);
});

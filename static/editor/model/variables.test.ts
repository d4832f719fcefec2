import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, invert } from "./changes.ts";
import { type Document, read } from "./document.ts";
import type { GraphNode, Values } from "./types.ts";
import { renameVariable, usesOf } from "./variables.ts";

function node(id: string, type: string, defaults: Values, properties: Values = {}): GraphNode {
  return { id, type, position: { x: 0, y: 0 }, data: { label: id, properties, defaults } };
}

const DRAWN: Document = read({
  nodes: [
    node("set", "SetVariable", { name: "n" }),
    node("text", "Log", { message: "{{ vars.n }} {{ vars.name }} n {{ vars['n'] }}" }),
    node("deep", "HTTPRequest", { headers: { "X-N": "{{ vars.n + 1 }}" } }),
    node("other", "Log", { name: "n", message: "vars.nn" }),
  ],
  edges: [],
  variables: [{ name: "n", type: "Integer", default: 0 }, { name: "name", type: "String", default: "" }],
});

test("a variable is used where a node or an expression names it", () => {
  assert.deepEqual(usesOf(DRAWN, "n").map(({ id }) => id), ["set", "text", "deep"]);
  assert.deepEqual(usesOf(DRAWN, "name").map(({ id }) => id), ["text"]);
});

test("renaming follows everywhere, and is taken back in one step", () => {
  const transaction = renameVariable(DRAWN, "n", "count")!;
  const after = apply(DRAWN, transaction);
  assert.equal(after.nodes.get("set")!.data.defaults.name, "count");
  assert.equal(after.nodes.get("text")!.data.defaults.message, "{{ vars.count }} {{ vars.name }} n {{ vars.count }}");
  assert.deepEqual(after.nodes.get("deep")!.data.defaults.headers, { "X-N": "{{ vars.count + 1 }}" });
  assert.equal(after.nodes.get("other"), DRAWN.nodes.get("other"));
  assert.deepEqual(apply(after, invert(transaction)), DRAWN);
});

test("a name that is no word is read by its key", () => {
  const after = apply(DRAWN, renameVariable(DRAWN, "n", "my total")!);
  assert.match(String(after.nodes.get("text")!.data.defaults.message), /^\{\{ vars\["my total"\] \}\}/);
});

test("a name that is the same, empty or taken is refused", () => {
  for (const name of ["n", "", "name"]) assert.equal(renameVariable(DRAWN, "n", name), null);
});

test("prose, texts within expressions and other things called vars stay as they are", () => {
  const message = `vars.n in prose {{ "vars.n" ~ trigger.vars.n ~ vars . n ~ vars[ 'n' ] }}`;
  const drawn = read({ nodes: [node("log", "Log", { message })], edges: [], variables: DRAWN.variables });
  const after = apply(drawn, renameVariable(drawn, "n", "it's")!);
  assert.equal(after.nodes.get("log")!.data.defaults.message, `vars.n in prose {{ "vars.n" ~ trigger.vars.n ~ vars["it's"] ~ vars["it's"] }}`);
});

test("where the whole text is an expression it has no braces", () => {
  const drawn = read({ nodes: [node("keep", "Filter", { where: "item > vars.n" })], edges: [], variables: DRAWN.variables });
  const formulasOf = () => new Set(["where"]);
  assert.equal(renameVariable(drawn, "n", "least")!.changes.length, 1);
  assert.equal(apply(drawn, renameVariable(drawn, "n", "least", formulasOf)!).nodes.get("keep")!.data.defaults.where, "item > vars.least");
  assert.equal(usesOf(drawn, "n", formulasOf).length, 1);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { SYNONYMS } from "../palette/synonyms.ts";
import { makeFinder } from "./search.ts";
import type { NodeType } from "./types.ts";

const NAMES = ["On Start", "On Webhook", "Branch", "Switch", "For Each", "For Range", "HTTP Request", "Log", "Logarithm", "Filter", "Filter Guard", "Try / Catch", "Send Email", "Round", "String Length"];

function type(label: string): NodeType {
  const id = label.replace(/[^A-Za-z]/g, "");
  return { id, label, category: "Any", description: `What ${label} does.`, kind: "action", isPure: false, inputs: [], outputs: [], properties: [], hasPinRule: false, isPinnable: false };
}

const finder = makeFinder(NAMES.map(type), SYNONYMS);
const first = (text: string) => finder.find(text)[0]?.label;

test("a label that is typed whole comes first", () => assert.equal(first("log"), "Log"));
test("the beginning of a label is enough", () => assert.equal(first("logar"), "Logarithm"));
test("a misspelt word is understood", () => assert.equal(first("brnch"), "Branch"));
test("words of other tools are understood", () => {
  assert.equal(first("if"), "Branch");
  assert.equal(first("fetch"), "HTTP Request");
  assert.equal(first("loop"), "For Each");
  assert.equal(first("mail"), "Send Email");
});
test("a word within a label is found", () => assert.equal(first("length"), "String Length"));
test("nothing typed gives all, as they stand", () => assert.deepEqual(finder.find(" ").map(({ label }) => label), NAMES));
test("what resembles nothing gives nothing", () => assert.deepEqual(finder.find("zzzzqqqq"), []));

import assert from "node:assert/strict";
import { test } from "node:test";
import { hasExpression, parseJson, parseTyped, typedText } from "./typed.ts";

test("a number is one where the pin takes numbers", () => {
  assert.equal(parseTyped("Integer", "42"), 42);
  assert.equal(parseTyped("Float", "-1.5e3"), -1500);
  assert.equal(parseTyped("String", "42"), "42");
});

test("text that is no number is kept, so that nothing typed is lost", () => {
  for (const text of ["", "-", "4 2", "1.5", "abc", "Infinity", "99999999999999999999"]) assert.equal(parseTyped("Integer", text), text);
});

test("JSON becomes its value, and unfinished JSON stays text", () => {
  assert.deepEqual(parseTyped("Object", '{"a": [1]}'), { a: [1] });
  assert.equal(parseTyped("Object", '{"a": '), '{"a": ');
  assert.equal(parseTyped("Array", ""), "");
});

test("an expression stays text; texts with expressions within JSON do not hinder it", () => {
  assert.equal(parseTyped("Integer", "{{ vars.n }}"), "{{ vars.n }}");
  assert.equal(parseTyped("Object", "{{ trigger.body }}"), "{{ trigger.body }}");
  assert.deepEqual(parseTyped("Object", '{"a": "{{ vars.n }}"}'), { a: "{{ vars.n }}" });
  assert.ok(hasExpression("x {{ y }}"));
  assert.ok(!hasExpression(5));
});

test("what was parsed is edited as what was typed", () => {
  for (const value of [0, true, null, "text", { a: [1, 2] }, []]) {
    const text = typedText(value);
    assert.deepEqual(typeof value === "string" ? text : parseJson(text), value);
  }
  assert.equal(typedText(undefined), "");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeType } from "../model/types.ts";
import { sectionsOf } from "./sections.ts";

function type(id: string, category: string): NodeType {
  return { id, label: id, category, description: "", kind: "action", isPure: false, inputs: [], outputs: [], properties: [], hasPinRule: false, isPinnable: false };
}

const TYPES = [type("OnStart", "Events"), type("Branch", "Flow"), type("Log", "Debug"), type("Switch", "Flow")];
const named = (recent: string[]) => sectionsOf(TYPES, recent).map(({ name, types }) => [name, ...types.map(({ id }) => id)]);

test("each category is one section, whatever the order of its types", () => {
  assert.deepEqual(named([]), [["Events", "OnStart"], ["Flow", "Branch", "Switch"], ["Debug", "Log"]]);
});

test("types used last come first, the latest before the others, and once", () => {
  assert.deepEqual(named(["Log", "Switch"]), [["Used last", "Log", "Switch"], ["Events", "OnStart"], ["Flow", "Branch"]]);
});

test("a type used last that does not fit here is passed over", () => {
  assert.deepEqual(named(["HTTPRequest"]), named([]));
});

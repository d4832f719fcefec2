import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box } from "./carrying.ts";
import { nextNode } from "./neighbours.ts";
import type { Wire } from "./types.ts";

const box = (x: number, y: number): Box => ({ x, y, width: 100, height: 60 });
const wire = (source: string, target: string): Wire => ({ id: `${source}${target}`, source, sourceHandle: "exec", target, targetHandle: "exec" });
const BOXES = new Map([["start", box(0, 0)], ["near", box(120, 10)], ["far", box(900, 500)], ["below", box(10, 200)]]);

test("right goes along a wire before it goes to what is nearer", () => {
  assert.equal(nextNode("start", "right", BOXES, [wire("start", "far")]), "far");
  assert.equal(nextNode("far", "left", BOXES, [wire("start", "far")]), "start");
});

test("of several wires the nearest end is taken", () => {
  assert.equal(nextNode("start", "right", BOXES, [wire("start", "far"), wire("start", "below")]), "below");
});

test("where no wire leads that way, the nearest node that lies there is next", () => {
  assert.equal(nextNode("start", "right", BOXES, []), "near");
  assert.equal(nextNode("start", "down", BOXES, []), "below");
  assert.equal(nextNode("below", "up", BOXES, []), "start");
});

test("there is none beyond the last, and a loop to oneself leads nowhere", () => {
  assert.equal(nextNode("start", "left", BOXES, []), undefined);
  assert.equal(nextNode("far", "right", BOXES, [wire("far", "far")]), undefined);
});

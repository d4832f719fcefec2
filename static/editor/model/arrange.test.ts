import assert from "node:assert/strict";
import { test } from "node:test";
import { align, distribute, overlap, straighten } from "./arrange.ts";
import type { Box } from "./carrying.ts";
import { layOut } from "./layout.ts";
import type { Wire } from "./types.ts";

const box = (x: number, y: number, width = 100, height = 60): Box => ({ x, y, width, height });
const wire = (source: string, target: string, id = `${source}${target}`): Wire => ({ id, source, sourceHandle: "exec", target, targetHandle: "exec" });
const boxes = (made: Record<string, Box>) => new Map(Object.entries(made));

test("aligning brings sides and middles of different sizes onto one line", () => {
  const two = boxes({ a: box(0, 0), b: box(300, 50, 200, 100) });
  assert.deepEqual(align(two, "right").get("a"), { x: 400, y: 0 });
  assert.deepEqual(align(two, "centre").get("a"), { x: 200, y: 0 });
  assert.deepEqual(align(two, "bottom").get("a"), { x: 0, y: 90 });
  assert.deepEqual(align(two, "middle").get("b"), { x: 300, y: 25 });
});

test("distributing leaves the ends and makes the gaps alike, whatever the widths", () => {
  const places = distribute(boxes({ c: box(600, 0), a: box(0, 0), b: box(110, 9, 200) }), "x");
  assert.deepEqual([places.get("a")!.x, places.get("b")!.x, places.get("c")!.x], [0, 250, 600]);
  assert.equal(places.get("b")!.y, 9);
});

test("two nodes cannot be distributed", () => {
  assert.equal(distribute(boxes({ a: box(0, 0), b: box(9, 9) }), "y").size, 0);
});

test("straightening makes a wire level, and its followers with it", () => {
  const heights = () => ({ source: 54, target: 54 });
  const places = straighten(boxes({ a: box(0, 10), b: box(200, 70), c: box(400, 0) }), [wire("a", "b"), wire("b", "c")], heights);
  assert.deepEqual([...places.values()].map(({ y }) => y), [10, 10, 10]);
});

test("straightening leaves a node whose place is taken, and the second of two that one output feeds", () => {
  const heights = () => ({ source: 54, target: 54 });
  const taken = straighten(boxes({ a: box(0, 0), wall: box(210, 20), b: box(200, 200) }), [wire("a", "b")], heights);
  assert.equal(taken.get("b")!.y, 200);
  const second = straighten(boxes({ a: box(0, 0), b: box(200, 40), c: box(400, 90) }), [wire("a", "b"), wire("a", "c")], heights);
  assert.deepEqual([second.get("b")!.y, second.get("c")!.y], [0, 90]);
});

test("a layout goes from left to right, overlaps nothing, and keeps exec wires level", () => {
  const made = boxes({ start: box(40, 40, 150, 80), big: box(0, 0, 200, 250), last: box(0, 0), sum: box(0, 0) });
  const exec = (source: string, target: string) => ({ source, target, isExec: true });
  const placed = layOut(made, [exec("start", "big"), exec("big", "last"), { source: "sum", target: "last", isExec: false }], new Map());
  const at = (id: string) => placed.get(id)!;
  assert.ok(at("start").x < at("big").x && at("big").x < at("last").x && at("sum").x < at("last").x);
  assert.ok(at("sum").x > at("start").x, "a pure node stands near what it feeds");
  assert.deepEqual([at("start").y, at("big").y], [at("last").y, at("last").y]);
  assert.ok([...placed].every(([id, one]) => [...placed].every(([other, two]) => id === other || !overlap(one, two))));
});

test("a layout keeps in a comment what it held, and nothing else", () => {
  const made = boxes({ note: box(0, 0, 400, 300), a: box(20, 60), b: box(200, 60), c: box(700, 0) });
  const links = [{ source: "a", target: "c", isExec: true }, { source: "c", target: "b", isExec: true }];
  const placed = layOut(made, links, new Map([["a", "note"], ["b", "note"]]));
  const note = placed.get("note")!;
  const isIn = (id: string) => placed.get(id)!.x >= note.x && placed.get(id)!.x + 100 <= note.x + note.width && placed.get(id)!.y >= note.y && placed.get(id)!.y + 60 <= note.y + note.height;
  assert.deepEqual(["a", "b", "c"].map(isIn), [true, true, false]);
});

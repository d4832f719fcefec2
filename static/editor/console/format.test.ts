import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, countdown, cutOf, duration, statusWords, summary } from "./format.ts";

test("durations are told in the unit that fits", () => {
  assert.deepEqual([0.028, 12.53, 1_250, 125_000].map(duration), ["28 µs", "12.5 ms", "1.25 s", "2 min 5 s"]);
  assert.equal(duration(null), "");
});

test("a countdown rounds up and never goes below nothing", () => {
  assert.deepEqual([120_000, 59_001, 400, -5].map(countdown), ["2:00", "1:00", "0:01", "0:00"]);
});

test("a queued run waits only where it waits for more than a worker", () => {
  assert.deepEqual([statusWords("queued"), statusWords("queued", "worker"), statusWords("queued", "time"), statusWords("dead_letter")], ["Queued", "Queued", "Waiting", "Dead letter"]);
});

test("a summary names each pin, shortens what is long, and says what was cut", () => {
  assert.equal(summary({ result: 42, ok: true }), "result: 42 · ok: true");
  assert.ok(summary({ text: "x".repeat(5_000) }).length < 400);
  assert.equal(summary({ body: { $cut: { type: "String", size: 1_400_000, start: "abc" } } }), "body: cut, 1.4 MB in all");
});

test("only a value that stands alone is a cut one", () => {
  assert.equal(cutOf({ $cut: { type: "String", size: 5, start: "a" } })?.size, 5);
  assert.equal(cutOf({ $cut: 1 }), null);
  assert.equal(cutOf({ $cut: { type: "String", size: 5, start: "a" }, other: 1 }), null);
  assert.equal(bytes(999), "999 B");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEntry } from "../state/run.ts";
import { asText, filtered } from "./filter.ts";
import { windowOf } from "./windowed.ts";

function entry(seq: number, more: Partial<LogEntry> = {}): LogEntry {
  return { seq, timestamp: "2026-01-01T00:00:00Z", nodeId: "n", nodeName: "Send", level: "info", message: "", inputs: {}, output: {}, durationMs: 2, attempt: 1, isVoid: false, errorType: null, ...more };
}

const ENTRIES = [entry(1, { level: "debug" }), entry(2, { output: { result: "Ada" } }), entry(3, { level: "warning", message: "slow" }), entry(4, { level: "error", errorType: "HTTPError", message: "503" })];
const seqs = (level: "debug" | "info" | "warning" | "error", text = "") => filtered(ENTRIES, { level, text }).map(({ seq }) => seq);

test("a level lets through those above it", () => {
  assert.deepEqual([seqs("debug"), seqs("info"), seqs("warning"), seqs("error")], [[1, 2, 3, 4], [2, 3, 4], [3, 4], [4]]);
});

test("text is sought in names, messages, errors and values, whatever its case", () => {
  assert.deepEqual([seqs("debug", "ada"), seqs("debug", "httperror"), seqs("debug", "SEND"), seqs("warning", "ada")], [[2], [4], [1, 2, 3, 4], []]);
});

test("copied entries are lines with time, level, node, words and duration", () => {
  assert.equal(asText(ENTRIES.slice(3)), "2026-01-01T00:00:00Z\terror\tSend\tHTTPError: 503\t2 ms");
});

test("of ten thousand rows those in sight are drawn, and a few around them", () => {
  const { first, last } = windowOf(28 * 5_000, 280, 28, 10_000);
  assert.ok(first <= 5_000 && first > 4_980 && last >= 5_010 && last < 5_030);
  assert.deepEqual(windowOf(0, 280, 28, 3), { first: 0, last: 3 });
  assert.deepEqual(windowOf(90_000, 280, 28, 3).last, 3);
});

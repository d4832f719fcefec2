import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEntry, NodeRun, RunInfo } from "../state/run.ts";
import { FASTEST_MS, follow, mergeEntries, mergeNodes, MOST_ENTRIES, type News, nextPace, OFFLINE_MS, SLOWEST_MS, type Source } from "./following.ts";

const INFO: RunInfo = { id: "r", patternId: "p", mode: "test", versionNumber: null, status: "completed", createdAt: "", startedAt: null, completedAt: null, durationMs: 5, attempt: 1, eventData: {}, errorMessage: null };

function entry(seq: number): LogEntry {
  return { seq, timestamp: "", nodeId: "n", nodeName: "n", level: "info", message: "", inputs: {}, output: {}, durationMs: 1, attempt: 1, isVoid: false, errorType: null };
}

function node(lastSeq: number): NodeRun {
  return { state: "completed", passes: 1, errors: 0, firstSeq: 1, lastSeq, lastUs: 1, totalUs: 1 };
}

/** A run that writes one entry between two looks and has ended at the last; `pauses` are those that were waited. */
function grows(total: number, pageSize = 2) {
  let written = 1;
  const pauses: number[] = [];
  const status = () => (written >= total ? "completed" : "running");
  const source: Source = {
    log: async (after) => {
      const entries = Array.from({ length: Math.min(pageSize, written - after) }, (_, index) => entry(after + index + 1));
      const last = entries.at(-1)?.seq ?? after;
      return { entries, after: last, hasMore: last < written, status: status() };
    },
    steps: async (known) => (known?.after === written && known.status === status() ? null : { nodes: { n: node(written) }, wires: { w: written }, pinned: [], after: written, status: status() }),
    run: async () => ({ ...INFO, status: status() }),
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
    written = Math.min(total, written + 1);
  };
  return { source, pause, pauses, write: (count: number) => (written = count) };
}

async function followed(made: { source: Source; pause: (ms: number) => Promise<void> }, mayPass = (_: unknown) => false): Promise<News[]> {
  const told: News[] = [];
  await follow({ ...made, tell: (news) => told.push(news), signal: new AbortController().signal, mayPass });
  return told;
}

test("a run is followed to its end, each entry told once", async () => {
  const told = await followed(grows(5));
  assert.deepEqual(told.flatMap(({ entries = [] }) => entries.map(({ seq }) => seq)), [1, 2, 3, 4, 5]);
  assert.equal(told.at(-1)?.info?.status, "completed");
  assert.equal(told.findLast(({ steps }) => steps)?.steps?.after, 5);
});

test("a long log is read at once, without pauses between its pages", async () => {
  const made = grows(9);
  made.write(9);
  assert.equal((await followed(made)).flatMap(({ entries = [] }) => entries).length, 9);
  assert.deepEqual(made.pauses, []);
});

test("of a log without end the first entries are read, and the run is followed all the same", async () => {
  const made = grows(MOST_ENTRIES + 2_000, 1_000);
  made.write(MOST_ENTRIES + 1_998);
  const told = await followed(made);
  assert.equal(told.flatMap(({ entries = [] }) => entries).length, MOST_ENTRIES);
  assert.ok(told.some(({ isLogCut }) => isLogCut));
  assert.equal(told.at(-1)?.info?.status, "completed");
});

test("a lost connection is told, and following goes on where it was", async () => {
  const made = grows(3);
  let failures = 2;
  const log: Source["log"] = (after) => (after === 1 && failures-- > 0 ? Promise.reject(new Error("lost")) : made.source.log(after));
  const told = await followed({ ...made, source: { ...made.source, log } }, () => true);
  assert.equal(told.filter(({ isOffline }) => isOffline).length, 2);
  assert.ok(made.pauses.includes(OFFLINE_MS));
  assert.deepEqual(told.flatMap(({ entries = [] }) => entries.map(({ seq }) => seq)), [1, 2, 3]);
});

test("an error that cannot pass ends the following", async () => {
  const made = grows(3);
  await assert.rejects(followed({ ...made, source: { ...made.source, steps: () => Promise.reject(new Error("gone")) } }), /gone/);
});

test("nothing is told once another run is shown", async () => {
  const made = grows(3);
  const gone = new AbortController();
  const told: News[] = [];
  const log: Source["log"] = (after) => (gone.abort(), made.source.log(after));
  await follow({ ...made, source: { ...made.source, log }, tell: (news) => told.push(news), signal: gone.signal, mayPass: () => false });
  assert.deepEqual(told, []);
});

test("it asks ever more rarely while nothing happens, and often again when something does", () => {
  let pace = FASTEST_MS;
  for (let asked = 0; asked < 10; asked++) pace = nextPace(pace, false);
  assert.equal(pace, SLOWEST_MS);
  assert.equal(nextPace(pace, true), FASTEST_MS);
});

test("a node that has not changed keeps its identity, one that has does not", () => {
  const before = { a: node(1), b: node(2) };
  const after = mergeNodes(before, { a: { ...node(1) }, b: node(3) });
  assert.equal(after.a, before.a);
  assert.equal(after.b?.lastSeq, 3);
});

test("entries that are told twice are kept once", () => {
  const before = [entry(1), entry(2)];
  assert.deepEqual(mergeEntries(before, [entry(2), entry(3)]).map(({ seq }) => seq), [1, 2, 3]);
  assert.equal(mergeEntries(before, [entry(1)]), before);
});

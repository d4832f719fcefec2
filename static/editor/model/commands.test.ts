import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, type Transaction } from "./changes.ts";
import * as commands from "./commands.ts";
import { type Document, isSame, newId, read, write } from "./document.ts";
import { NOTHING, perform, redo, undo } from "./history.ts";
import type { GraphNode, NodeType, PinRef, Wire } from "./types.ts";
import { renameVariable } from "./variables.ts";

const LOG = { id: "Log", label: "Log", inputs: [], outputs: [] } as unknown as NodeType;

function node(id: string, defaults: GraphNode["data"]["defaults"] = {}): GraphNode {
  return { id, type: "Log", position: { x: 0, y: 0 }, data: { label: id, notes: "", properties: {}, defaults } };
}

function wire(id: string, from: string, to: string, target = "exec"): Wire {
  const [source, sourceHandle = "exec"] = from.split(".");
  return { id, source: source!, sourceHandle, target: to, targetHandle: target };
}

const DRAWN: Document = read(
  {
    nodes: [node("a"), node("b", { message: "{{ vars.n }}" }), node("c", { message: "text" }), node("d")],
    edges: [wire("w1", "a", "b"), wire("w2", "a", "c"), wire("w3", "a", "d"), wire("w4", "b.out", "c", "message"), wire("w5", "c", "d")],
    variables: [{ name: "n", type: "Integer", default: 0 }],
    unknown: { kept: true },
  },
  { name: "Orders", description: "", tags: ["one"], isTemplate: false },
);

const output = (id: string, pin = "exec"): PinRef => ({ node: id, pin, side: "output" });
const input = (id: string, pin = "exec"): PinRef => ({ node: id, pin, side: "input" });
const OTHER = read({ nodes: [node("c", { message: "theirs" }), node("x")], edges: [wire("w5", "x", "c"), wire("w1", "c", "x")], extra: 1 }, { ...DRAWN.about, name: "Theirs" });

/** Every command, with what it does to DRAWN. */
const COMMANDS: Record<string, (document: Document) => Transaction | null> = {
  addNodes: (d) => commands.addNodes([node("new"), node("newer")], [wire("w9", "new", "newer")], d),
  "remove a node with its wires": (d) => commands.remove(d, ["a"]),
  "remove some nodes and a wire": (d) => commands.remove(d, ["d", "b"], ["w2"]),
  "remove everything": (d) => commands.remove(d, d.nodes.keys()),
  moveNodes: (d) => commands.moveNodes(d, new Map([["a", { x: 10.4, y: 20.6 }], ["b", { x: 5, y: 5 }]])),
  resizeNode: (d) => commands.resizeNode(d, "a", { width: 300, height: 90 }, { x: -10, y: 0 }),
  renameNode: (d) => commands.renameNode(d, "a", "Begin"),
  setNotes: (d) => commands.setNotes(d, "a", "why"),
  setDefault: (d) => commands.setDefault(d, "c", "message", "another"),
  "setDefault to none": (d) => commands.setDefault(d, "c", "message", undefined),
  setProperty: (d) => commands.setProperty(d, "c", "level", "warning"),
  setPinned: (d) => commands.setPinned(d, new Map([["a", { out: 1 }], ["b", { out: null }]])),
  "connect exec": (d) => commands.connect(d, output("b"), input("d"), true),
  "connect to a wired data input": (d) => commands.connect(d, output("a", "out"), input("c", "message"), false),
  rewire: (d) => commands.rewire(d, "w1", output("a"), input("c", "again"), true),
  "rewire to a wired data input": (d) => commands.rewire(d, "w2", output("a", "out"), input("c", "message"), false),
  disconnectPin: (d) => commands.disconnectPin(d, output("a")),
  insertOnWire: (d) => commands.insertOnWire(d, "w2", node("between"), "exec", "done"),
  "reorderWire earlier": (d) => commands.reorderWire(d, "w3", -1),
  "reorderWire later": (d) => commands.reorderWire(d, "w1", 1),
  setVariables: (d) => commands.setVariables(d, [...d.variables, { name: "m", type: "String", default: "" }]),
  renameVariable: (d) => renameVariable(d, "n", "count"),
  setAbout: (d) => commands.setAbout(d, { name: "Renamed", tags: [] }),
  become: (d) => commands.become(d, OTHER, "Load theirs"),
};

for (const [name, command] of Object.entries(COMMANDS)) {
  test(`${name}: undo gives the document before, redo the one after, to the letter`, () => {
    const transaction = command(DRAWN);
    assert.ok(transaction);
    const done = perform(DRAWN, NOTHING, transaction, 0);
    assert.notDeepEqual(stored(done.document), stored(DRAWN));
    const undone = undo(done.document, done.history)!;
    assert.deepEqual(stored(undone.document), stored(DRAWN));
    assert.deepEqual(stored(redo(undone.document, undone.history)!.document), stored(done.document));
  });
}

test("a command changes no document in place", () => {
  const before = JSON.stringify(stored(DRAWN));
  for (const command of Object.values(COMMANDS)) apply(DRAWN, command(DRAWN)!);
  assert.equal(JSON.stringify(stored(DRAWN)), before);
});

test("commands that would change nothing are none", () => {
  assert.equal(commands.remove(DRAWN, ["gone"]), null);
  assert.equal(commands.moveNodes(DRAWN, new Map([["a", { x: 0.2, y: 0 }]])), null);
  assert.equal(commands.renameNode(DRAWN, "a", "a"), null);
  assert.equal(commands.setDefault(DRAWN, "c", "message", "text"), null);
  assert.equal(commands.connect(DRAWN, output("a"), input("b"), true), null);
  assert.equal(commands.reorderWire(DRAWN, "w1", -1), null);
  assert.equal(commands.setAbout(DRAWN, { name: "Orders" }), null);
  assert.equal(commands.become(DRAWN, read(write(DRAWN), DRAWN.about), "Load"), null);
});

test("become makes the other document, whatever the order of its nodes and keys", () => {
  const after = apply(DRAWN, commands.become(DRAWN, OTHER, "Load")!);
  assert.ok(isSame(after, OTHER));
  assert.deepEqual(after.wires, OTHER.wires);
  const graph = write(DRAWN);
  const turned = { ...graph, nodes: graph.nodes.map(({ data, position, type, id }) => ({ data, position, type, id })).reverse() };
  assert.ok(isSame(read(turned, DRAWN.about), DRAWN));
});

test("the order of wires counts", () => {
  const reordered = apply(DRAWN, commands.reorderWire(DRAWN, "w3", -1)!);
  assert.deepEqual(reordered.wires.map(({ id }) => id), ["w1", "w3", "w2", "w4", "w5"]);
  assert.ok(!isSame(reordered, DRAWN));
});

test("a wire that is moved or that a node is put onto keeps its place in the order", () => {
  const moved = apply(DRAWN, commands.rewire(DRAWN, "w2", output("a"), input("d", "again"), true)!);
  assert.deepEqual(moved.wires.map(({ id }) => id), ["w1", "w2", "w3", "w4", "w5"]);
  const inserted = apply(DRAWN, commands.insertOnWire(DRAWN, "w2", node("between"), "exec", "exec")!);
  assert.deepEqual(inserted.wires.slice(0, 4).map(({ source, target }) => `${source} ${target}`), ["a b", "a between", "between c", "a d"]);
});

// --- Merging ---------------------------------------------------------------------------------------------------------
function typed(texts: readonly string[], everyMs: number) {
  let state = { document: DRAWN, history: NOTHING };
  texts.forEach((text, index) => (state = perform(state.document, state.history, commands.setDefault(state.document, "c", "message", text)!, index * everyMs)));
  return state;
}

test("letters in a row are taken back together, and done again together", () => {
  const { document, history } = typed(["text o", "text on", "text one"], 100);
  assert.equal(history.past.length, 1);
  const undone = undo(document, history)!;
  assert.deepEqual(stored(undone.document), stored(DRAWN));
  assert.equal(redo(undone.document, undone.history)!.document.nodes.get("c")!.data.defaults.message, "text one");
});

test("letters after a rest are taken back on their own", () => {
  assert.equal(typed(["text o", "text on"], 1_500).history.past.length, 2);
});

test("letters in another field are taken back on their own", () => {
  const first = typed(["text o"], 0);
  const second = perform(first.document, first.history, commands.setDefault(first.document, "c", "level", "x")!, 10);
  assert.equal(second.history.past.length, 2);
});

test("an edit after undo leaves nothing to do again", () => {
  const { document, history } = typed(["one"], 0);
  const undone = undo(document, history)!;
  assert.deepEqual(perform(undone.document, undone.history, commands.setNotes(undone.document, "a", "x")!, 9_000).history.future, []);
});

// --- Any sequence ----------------------------------------------------------------------------------------------------
for (const seed of [1, 2, 3, 5, 8, 13, 21, 34]) {
  test(`any sequence of commands is taken back to the first document and done again to the last (seed ${seed})`, () => {
    const random = generator(seed);
    let [document, history, at] = [DRAWN, NOTHING, 0];
    for (let step = 0; step < 200; step++) {
      const transaction = anyCommand(random, document);
      if (transaction) ({ document, history } = perform(document, history, transaction, (at += Math.floor(random() * 3_000))));
    }
    const last = document;
    for (let back = undo(document, history); back; back = undo(document, history)) ({ document, history } = back);
    assert.deepEqual(stored(document), stored(DRAWN));
    for (let on = redo(document, history); on; on = redo(document, history)) ({ document, history } = on);
    assert.deepEqual(stored(document), stored(last));
  });
}

function anyCommand(random: () => number, d: Document): Transaction | null {
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  const id = () => pick([...d.nodes.keys()]) ?? "";
  const wireId = () => pick(d.wires)?.id ?? "";
  const number = () => Math.floor(random() * 1_000);
  const pin = () => pick(["exec", "message", "out"])!;
  return pick([
    () => commands.addNodes([commands.makeNode(d, LOG, { x: number(), y: number() })], [], d),
    () => commands.remove(d, [id(), id()], [wireId()]),
    () => commands.moveNodes(d, new Map([[id(), { x: number(), y: number() }]])),
    () => commands.renameNode(d, id(), pick(["", "One", "Two"])!),
    () => commands.setDefault(d, id(), pin(), pick([undefined, 1, "text", { deep: [number()] }])),
    () => commands.setPinned(d, new Map([[id(), pick([null, { out: number() }])!]])),
    () => commands.connect(d, output(id(), pin()), input(id(), pin()), random() < 0.5),
    () => commands.rewire(d, wireId(), output(id(), pin()), input(id(), pin()), random() < 0.5),
    () => commands.disconnectPin(d, pick([output(id(), pin()), input(id(), pin())])!),
    () => commands.insertOnWire(d, wireId(), node(newId("n", (taken) => d.nodes.has(taken))), "exec", "out"),
    () => commands.reorderWire(d, wireId(), random() < 0.5 ? -1 : 1),
    () => commands.setVariables(d, [{ name: `v${number()}`, type: "String", default: "" }], "v"),
    () => commands.setAbout(d, { name: `Name ${number()}` }),
    () => commands.become(d, random() < 0.5 ? OTHER : DRAWN, "Become"),
  ])!();
}

/** mulberry32 */
function generator(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Everything, with the order of nodes, which is the order in which they are drawn. */
function stored(document: Document) {
  return { about: document.about, ...write(document) };
}

/** What the context menu offers, by what it was opened on. */
import { runFromHere } from "../console/actions.ts";
import { pinLastOutput } from "../console/pinning.ts";
import { addNodes, disconnectPin, makeNode, remove, reorderWire, setPinned } from "../model/commands.ts";
import { boundsOf } from "../model/geometry.ts";
import { COMMENT } from "../model/library.ts";
import type { PinRef, Point } from "../model/types.ts";
import { insertForVariable } from "../palette/insert.ts";
import { openPalette } from "../palette/question.ts";
import { currentCatalog, currentPins } from "../state/catalog.ts";
import { currentDocument, currentSelection, edit, select } from "../state/document.ts";
import { alignSelected, distributeSelected, layOutSelected } from "./arrange.ts";
import { box } from "./node-views.ts";
import { copySelection, duplicate, pasteAt } from "./clipboard.ts";
import { useRenaming } from "./title.tsx";

export interface Opened {
  readonly screen: Point;
  readonly at: Point;
  readonly on: "nodes" | "wire" | "pin" | "variable" | "canvas";
  readonly wire?: string;
  readonly pin?: PinRef;
  readonly variable?: string;
}

export interface MenuEntry {
  readonly label: string;
  readonly keys?: string;
  readonly run: () => void;
  /** A line before it. */
  readonly begins?: boolean;
}

export function entriesFor(opened: Opened): readonly MenuEntry[] {
  if (opened.on === "nodes") return nodeEntries(opened);
  if (opened.on === "wire") return wireEntries(opened);
  if (opened.on === "variable") return variableEntries(opened);
  return opened.on === "pin" ? pinEntries(opened.pin!) : canvasEntries(opened);
}

const ARRANGING: readonly MenuEntry[] = [
  { label: "Lay out", keys: "Shift+L", begins: true, run: () => void layOutSelected() },
  { label: "Align left edges", run: () => alignSelected("left") },
  { label: "Align top edges", run: () => alignSelected("top") },
];

const DISTRIBUTING: readonly MenuEntry[] = [
  { label: "Distribute across", run: () => distributeSelected("x") },
  { label: "Distribute down", run: () => distributeSelected("y") },
];

function nodeEntries({ at }: Opened): MenuEntry[] {
  const ids = [...currentSelection().nodes];
  const nodes = ids.flatMap((id) => currentDocument().nodes.get(id) ?? []);
  const [only] = nodes.length === 1 ? nodes : [];
  const hasExec = only && currentPins(only.id)?.inputs.some((pin) => pin.type === "Exec");
  const isPinnable = nodes.some((node) => currentCatalog().types.get(node.type)?.isPinnable);
  const isPinned = nodes.some((node) => node.data.pinned);
  return [
    ...(only ? [{ label: "Rename", keys: "F2", run: () => useRenaming.setState({ id: only.id }) }] : []),
    ...(hasExec ? [{ label: "Run from here", run: () => void runFromHere(only.id) }] : []),
    ...(isPinnable ? [{ label: "Pin the last output", run: () => void pinLastOutput(ids) }] : []),
    ...(isPinned ? [{ label: "Unpin", run: () => edit(setPinned(currentDocument(), new Map(ids.map((id) => [id, null])))) }] : []),
    { label: "Copy", keys: "Ctrl+C", begins: true, run: () => void copySelection() },
    { label: "Cut", keys: "Ctrl+X", run: () => void copySelection(true) },
    { label: "Duplicate", keys: "Ctrl+D", run: duplicate },
    { label: "Paste here", keys: "Ctrl+V", run: () => void pasteAt(at) },
    { label: ids.length > 1 ? "Comment around them" : "Comment around it", run: () => commentAround(ids) },
    ...(ids.length > 1 ? ARRANGING : []),
    ...(ids.length > 2 ? DISTRIBUTING : []),
    { label: "Delete", keys: "Del", begins: true, run: () => edit(remove(currentDocument(), ids, currentSelection().wires)) },
  ];
}

function wireEntries({ wire, screen, at }: Opened): MenuEntry[] {
  const id = wire!;
  const found = currentDocument().wires.find((one) => one.id === id);
  const siblings = currentDocument().wires.filter((one) => one.source === found?.source && one.sourceHandle === found.sourceHandle);
  const pin = currentPins(found?.source ?? "")?.outputs.find(({ name }) => name === found?.sourceHandle);
  const place = siblings.findIndex((one) => one.id === id);
  const isOrdered = pin?.type === "Exec" && siblings.length > 1;
  return [
    { label: "Insert a node here", run: () => openPalette({ screen, at, wire: id }) },
    ...(isOrdered && place > 0 ? [{ label: "Run earlier", run: () => edit(reorderWire(currentDocument(), id, -1)) }] : []),
    ...(isOrdered && place < siblings.length - 1 ? [{ label: "Run later", run: () => edit(reorderWire(currentDocument(), id, 1)) }] : []),
    { label: "Delete", keys: "Del", begins: true, run: () => edit(remove(currentDocument(), [], [id])) },
  ];
}

function pinEntries(pin: PinRef): MenuEntry[] {
  return [{ label: "Remove its wires", keys: "Alt+click", run: () => edit(disconnectPin(currentDocument(), pin)) }];
}

function variableEntries({ variable, at }: Opened): MenuEntry[] {
  const name = variable!;
  return [
    { label: `Get ${name}`, run: () => insertForVariable(name, "Get", at) },
    { label: `Set ${name}`, run: () => insertForVariable(name, "Set", at) },
  ];
}

function canvasEntries({ screen, at }: Opened): MenuEntry[] {
  return [
    { label: "Add a node", keys: "Tab", run: () => openPalette({ screen, at }) },
    { label: "Paste here", keys: "Ctrl+V", run: () => void pasteAt(at) },
  ];
}

/** A comment behind the nodes, large enough to hold them. */
export function commentAround(ids: readonly string[]): void {
  const type = currentCatalog().types.get(COMMENT);
  const bounds = boundsOf(ids.flatMap((id) => currentDocument().nodes.get(id) ?? []).map(box));
  if (!type || !bounds) return;
  const made = makeNode(currentDocument(), type, { x: bounds.x - 20, y: bounds.y - 50 });
  const node = { ...made, size: { width: bounds.width + 40, height: bounds.height + 70 } };
  if (edit(addNodes([node], [], currentDocument(), "Comment"))) select([node.id]);
}

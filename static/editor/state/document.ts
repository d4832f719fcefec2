/** The document, its history and what is selected in it. Every change of a document passes `edit`. */
import { create } from "zustand";
import { touched, type Transaction } from "../model/changes.ts";
import { type Document, NO_ABOUT, read } from "../model/document.ts";
import * as history from "../model/history.ts";

export interface Selection {
  readonly nodes: ReadonlySet<string>;
  readonly wires: ReadonlySet<string>;
}

interface DocumentState {
  readonly document: Document;
  readonly history: history.History;
  readonly selection: Selection;
  readonly isReadOnly: boolean;
}

export const NO_SELECTION: Selection = { nodes: new Set(), wires: new Set() };

export const useDocument = create<DocumentState>(() => ({
  document: read({ nodes: [], edges: [] }, NO_ABOUT),
  history: history.NOTHING,
  selection: NO_SELECTION,
  isReadOnly: false,
}));

export const currentDocument = (): Document => useDocument.getState().document;
export const currentSelection = (): Selection => useDocument.getState().selection;

/** Shows another document, with no history. */
export function open(document: Document, isReadOnly = false): void {
  useDocument.setState({ document, isReadOnly, history: history.NOTHING, selection: NO_SELECTION });
}

/** Does a transaction; null and a read-only document are passed over. Whether it was done. */
export function edit(transaction: Transaction | null, at = Date.now()): boolean {
  const state = useDocument.getState();
  if (!transaction || state.isReadOnly) return false;
  settle(history.perform(state.document, state.history, transaction, at));
  return true;
}

/** What was taken back, in words; null where there was nothing. */
export function undo(): string | null {
  return travel(history.undo);
}

export function redo(): string | null {
  return travel(history.redo);
}

export function select(nodes: Iterable<string>, wires: Iterable<string> = []): void {
  useDocument.setState({ selection: { nodes: new Set(nodes), wires: new Set(wires) } });
}

function travel(way: typeof history.undo): string | null {
  const { document, history: before, isReadOnly } = useDocument.getState();
  const edited = isReadOnly ? null : way(document, before);
  if (!edited) return null;
  settle(edited);
  const back = touched(edited.done);
  if (back.length) select(back);
  return edited.done.label;
}

function settle({ document, history: next }: history.Edited): void {
  const { selection } = useDocument.getState();
  const wireIds = new Set(document.wires.map((wire) => wire.id));
  useDocument.setState({
    document,
    history: next,
    selection: {
      nodes: new Set([...selection.nodes].filter((id) => document.nodes.has(id))),
      wires: new Set([...selection.wires].filter((id) => wireIds.has(id))),
    },
  });
}

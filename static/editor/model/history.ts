/** What can be taken back and done again. */
import { apply, invert, merge, type Transaction } from "./changes.ts";
import type { Document } from "./document.ts";

export interface Entry {
  readonly transaction: Transaction;
  readonly at: number;
}

export interface History {
  readonly past: readonly Entry[];
  readonly future: readonly Entry[];
}

export interface Edited {
  readonly document: Document;
  readonly history: History;
  readonly done: Transaction;
}

export const NOTHING: History = { past: [], future: [] };
const KEPT = 500;
const MERGED_WITHIN_MS = 1_500;

/** Does a transaction at a time in milliseconds. One that follows its like at once is one with it. */
export function perform(document: Document, history: History, transaction: Transaction, at: number): Edited {
  const last = history.past.at(-1);
  const follows = last && transaction.merges && last.transaction.merges === transaction.merges && at - last.at < MERGED_WITHIN_MS;
  const merged = follows ? merge(last.transaction, transaction) : null;
  const past = [...(merged ? history.past.slice(0, -1) : history.past), { transaction: merged ?? transaction, at }];
  return { document: apply(document, transaction), history: { past: past.slice(-KEPT), future: [] }, done: transaction };
}

export function undo(document: Document, { past, future }: History): Edited | null {
  const entry = past.at(-1);
  if (!entry) return null;
  const done = invert(entry.transaction);
  return { document: apply(document, done), history: { past: past.slice(0, -1), future: [...future, entry] }, done };
}

export function redo(document: Document, { past, future }: History): Edited | null {
  const entry = future.at(-1);
  if (!entry) return null;
  const done = entry.transaction;
  return { document: apply(document, done), history: { past: [...past, entry], future: future.slice(0, -1) }, done };
}

/**
 * Unsaved edits, kept in this browser until the server has them. Each window keeps its own, so that two of them on one
 * pattern do not overwrite each other; what a closed window has left, the next one that opens takes over.
 */
import { boot } from "../boot.ts";
import type { About, Document } from "../model/document.ts";
import { randomHex, read, write } from "../model/document.ts";
import type { StoredGraph } from "../model/types.ts";

export interface Kept {
  /** The revision that the edits were made to. */
  readonly revision: number;
  readonly at: number;
  readonly document: Document;
}

interface Stored {
  readonly revision: number;
  readonly at: number;
  readonly about: About;
  readonly graph: StoredGraph;
}

const MOST_CHARACTERS = 4_000_000; // browsers have room for about five million
const PREFIX = `dragops.draft.${boot.patternId}.`;
const WAIT_MS = 10_000; // a window that is closed lets go of its lock a little later, on a busy machine seconds
const own = PREFIX + randomHex();
const adopted = new Set<string>();

/** Lets other windows know that this one lives: the lock goes with it, however it ends. */
export function holdDrafts(): void {
  void navigator.locks?.request(own, () => new Promise(() => {}));
}

/** Whether they could be kept: a browser may refuse, or have no room. */
export function keep(revision: number, document: Document): boolean {
  const stored: Stored = { revision, at: Date.now(), about: document.about, graph: write(document) };
  const text = JSON.stringify(stored);
  try {
    if (text.length <= MOST_CHARACTERS) localStorage.setItem(own, text);
    return text.length <= MOST_CHARACTERS;
  } catch {
    return false;
  }
}

/** The server has everything. */
export function forget(): void {
  try {
    for (const key of [own, ...adopted]) localStorage.removeItem(key);
    adopted.clear();
  } catch {
    // What could not be kept need not be forgotten.
  }
}

/** What closed windows have left, the oldest first. It stays in the browser until `forget`. */
export async function leftDrafts(): Promise<Kept[]> {
  const left = await Promise.all(draftKeys().map(async (key) => ((await isLeft(key)) ? [key] : [])));
  const found = left.flat().flatMap((key) => readDraft(key));
  return found.sort((one, other) => one.at - other.at);
}

function draftKeys(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX) && key !== own);
  } catch {
    return [];
  }
}

/** Without locks, which browsers have over HTTPS alone, every draft counts as left: saving one twice harms nothing. */
async function isLeft(key: string): Promise<boolean> {
  if (!navigator.locks) return true;
  return navigator.locks.request(key, { signal: AbortSignal.timeout(WAIT_MS) }, () => true).catch(() => false);
}

function readDraft(key: string): Kept[] {
  try {
    const { revision, at, about, graph } = JSON.parse(localStorage.getItem(key) ?? "null") as Stored;
    adopted.add(key);
    return [{ revision, at, document: read(graph, about) }];
  } catch {
    return [];
  }
}

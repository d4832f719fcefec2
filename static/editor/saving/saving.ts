/**
 * Saves the draft by itself: a second after the last edit, one save at a time, each naming the revision it was made to.
 * Until the server has an edit it is kept in this browser.
 */
import { ApiError } from "../api.ts";
import { boot } from "../boot.ts";
import { type Document, isSame } from "../model/document.ts";
import { currentDocument, useDocument } from "../state/document.ts";
import { say } from "../state/view.ts";
import { forget, keep } from "./kept.ts";
import { look, tellWindows, watchOthers } from "./others.ts";
import { restore } from "./restoring.ts";
import { send, sendLast, stored } from "./server.ts";
import { type SavingState, useSaving } from "./store.ts";

const REST_MS = 1_000;
const LONGEST_MS = 5_000;
const KEEP_MS = 300;
const RETRY_MS = [2_000, 5_000, 10_000, 30_000];

let timer: ReturnType<typeof setTimeout> | undefined;
let keeping: ReturnType<typeof setTimeout> | undefined;
let unsavedSince: number | null = null;
let failures = 0;
let busy: Promise<boolean> | null = null;
let sent: Document | null = null;

export function startSaving(): void {
  useSaving.setState({ revision: boot.revision, saved: currentDocument() });
  useDocument.subscribe((state, before) => state.document !== before.document && edited());
  void restore();
  watchOthers();
  window.addEventListener("online", () => void attempt());
  window.addEventListener("focus", () => void (isWaiting() ? attempt() : look()));
  window.addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
  window.addEventListener("pagehide", leave);
}

export function isUnsaved(): boolean {
  return !isSame(useSaving.getState().saved, currentDocument());
}

/** Whether what is on screen is on the server now. */
export async function saveNow(): Promise<boolean> {
  const isDone = await attempt();
  if (!isDone && useSaving.getState().state === "conflict") useSaving.setState({ isDeciding: true });
  return isDone && (!boot.canEdit || !isUnsaved() || saveNow());
}

/** Goes on from what the server has: `document` is what it stores at `revision`. */
export function settle(document: Document, revision: number): void {
  useSaving.setState({ saved: document, revision, theirs: null, isDeciding: false, message: "", state: "saved" });
  edited();
}

// --- One save --------------------------------------------------------------------------------------------------------
/** One save, after the one that is on its way. */
async function attempt(): Promise<boolean> {
  clearTimeout(timer);
  while (busy) await busy; // several may have waited: only one of them goes on
  if (!boot.canEdit || !isUnsaved()) return true;
  if (useSaving.getState().state === "conflict") return false; // somebody must decide first
  busy = save(currentDocument()).finally(() => (busy = null));
  return busy;
}

async function save(document: Document): Promise<boolean> {
  useSaving.setState({ state: "saving" });
  try {
    sent = document;
    const revision = await send(document, useSaving.getState());
    [failures, unsavedSince] = [0, null];
    useSaving.setState({ savedAt: Date.now() });
    settle(document, revision);
    tellWindows(revision);
    return true;
  } catch (error) {
    await refused(error);
    return false;
  }
}

async function refused(error: unknown): Promise<void> {
  if (!(error instanceof ApiError)) throw error;
  if (error.isOffline || error.status >= 500 || error.status === 429) return later("offline", error.message);
  if (error.status === 409) return askWhose();
  if (error.status === 401 || error.status === 403) return later("signed-out", error.message);
  useSaving.setState({ state: "failed", message: error.message });
  say(`Not saved: ${error.message}`, "error");
}

function later(state: SavingState, message: string): void {
  useSaving.setState({ state, message });
  clearTimeout(timer);
  timer = setTimeout(() => void attempt(), RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
}

/** A save whose answer was lost is no conflict: then what is stored is what was sent. */
async function askWhose(): Promise<void> {
  try {
    const theirs = await stored();
    if (sent && isSame(theirs.document, sent)) settle(sent, theirs.revision);
    else useSaving.setState({ state: "conflict", theirs, isDeciding: true });
  } catch {
    later("offline", "Somebody else saved this pattern, and it cannot be read just now.");
  }
}

// --- Edits -----------------------------------------------------------------------------------------------------------
function edited(): void {
  const { state, theirs } = useSaving.getState();
  if (state === "conflict" && theirs && isSame(theirs.document, currentDocument())) return settle(theirs.document, theirs.revision);
  if (!isUnsaved()) return rest();
  keepSoon();
  if (state === "conflict" || isWaiting()) return;
  if (state !== "saving") useSaving.setState({ state: "unsaved", theirs: null });
  const now = Date.now();
  unsavedSince ??= now;
  clearTimeout(timer);
  timer = setTimeout(() => void attempt(), Math.max(0, Math.min(REST_MS, unsavedSince + LONGEST_MS - now)));
}

/** Nothing is unsaved, or no longer. */
function rest(): void {
  unsavedSince = null;
  if (busy && useSaving.getState().state === "saving") return;
  clearTimeout(timer);
  useSaving.setState({ state: useSaving.getState().state === "newer" ? "newer" : "saved", message: "" });
  forget();
}

/** Whether saving goes on by itself, once the server or the session is back. */
function isWaiting(): boolean {
  return ["offline", "signed-out"].includes(useSaving.getState().state);
}

function keepSoon(): void {
  keeping ??= setTimeout(keepHere, KEEP_MS);
}

function keepHere(): void {
  clearTimeout(keeping);
  keeping = undefined;
  if (isUnsaved()) useSaving.setState({ isKept: keep(useSaving.getState().revision, currentDocument()) });
}

function leave(): void {
  if (!isUnsaved()) return;
  keepHere();
  if (!busy && useSaving.getState().state !== "conflict") sendLast(currentDocument(), useSaving.getState());
}

/**
 * Asks the server what is wrong with the document, and which pins its nodes have, whenever it has changed: one request
 * at a time, the last one only, none while there is no connection.
 */
import { ApiError, call } from "../api.ts";
import { boot } from "../boot.ts";
import { type Document, write } from "../model/document.ts";
import { pinsKey } from "../model/library.ts";
import type { Pins, Problem } from "../model/types.ts";
import { currentCatalog, currentResolved, learnPins } from "../state/catalog.ts";
import { showProblems, useChecks } from "../state/checks.ts";
import { currentDocument, useDocument } from "../state/document.ts";

interface Validation {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly pins: Readonly<Record<string, Pins>>;
}

const PAUSE_MS = 250;
const RETRY_MS = [1_000, 3_000, 10_000, 30_000];
let timer: ReturnType<typeof setTimeout> | undefined;
let asking: AbortController | null = null;
let failures = 0;

export function startChecking(): void {
  void check();
  useDocument.subscribe((state, before) => {
    if (state.document === before.document) return;
    useChecks.setState({ state: "stale" });
    askIn(failures ? retryMs() : lacksPins(state.document, before.document) ? 0 : PAUSE_MS);
  });
  window.addEventListener("online", () => askIn(0));
}

function askIn(ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void check(), ms);
}

async function check(): Promise<void> {
  asking?.abort();
  if (!navigator.onLine) return useChecks.setState({ state: "unknown" });
  const mine = (asking = new AbortController());
  const asked = currentDocument();
  try {
    const found = await call<Validation>("POST", `/api/patterns/${boot.patternId}/validate`, { body: { graphData: write(asked) }, signal: mine.signal });
    failures = 0;
    learnPins(asked.nodes, found.pins ?? {});
    if (currentDocument() === asked) showProblems([...found.errors, ...found.warnings]);
  } catch (error) {
    if (!mine.signal.aborted) failed(error);
  }
}

/** Tries again by itself where that may help. */
function failed(error: unknown): void {
  useChecks.setState({ state: "unknown" });
  if (!(error instanceof ApiError)) throw error;
  if (!error.isOffline && error.status < 500 && error.status !== 429) return;
  failures++;
  askIn(retryMs());
}

function retryMs(): number {
  return RETRY_MS[Math.min(Math.max(failures - 1, 0), RETRY_MS.length - 1)]!;
}

/** A node that has come, whose pins only the server can tell, is not kept waiting. */
function lacksPins(document: Document, before: Document): boolean {
  const { types } = currentCatalog();
  const fresh = [...document.nodes.values()].filter((node) => !before.nodes.has(node.id) && types.get(node.type)?.hasPinRule);
  return fresh.some((node) => !currentResolved().has(pinsKey(node)));
}

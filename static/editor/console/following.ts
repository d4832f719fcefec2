/** Follows a run to its end: asks for what is new, often while there is something, more rarely while there is not. */
import type { LogEntry, NodeRun, RunInfo } from "../state/run.ts";
import { isOpen } from "../state/run.ts";

export interface LogPage {
  readonly entries: readonly LogEntry[];
  readonly after: number;
  readonly hasMore: boolean;
  readonly status: string;
}

export interface Steps {
  readonly nodes: Readonly<Record<string, NodeRun>>;
  readonly wires: Readonly<Record<string, number>>;
  readonly pinned: readonly string[];
  readonly after: number;
  readonly status: string;
}

/** Where a run is read. `steps` gives null where nothing is newer than what is known. */
export interface Source {
  log(after: number): Promise<LogPage>;
  steps(known: { readonly after: number; readonly status: string } | null): Promise<Steps | null>;
  run(): Promise<RunInfo>;
}

export interface News {
  readonly entries?: readonly LogEntry[];
  readonly steps?: Steps;
  readonly status?: string;
  readonly info?: RunInfo;
  readonly isLogCut?: boolean;
  readonly isOffline: boolean;
}

export interface Following {
  readonly source: Source;
  readonly tell: (news: News) => void;
  readonly signal: AbortSignal;
  /** Whether an error may pass, such as a lost connection. */
  readonly mayPass: (error: unknown) => boolean;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const FASTEST_MS = 300;
export const SLOWEST_MS = 1_000;
export const OFFLINE_MS = 3_000;
export const MOST_ENTRIES = 10_000;

/** Ends with the run, or when `signal` says so. Raises what the source raises, unless it may pass. */
export async function follow({ source, tell, signal, mayPass, pause = sleep }: Following): Promise<void> {
  let at: Place = { after: 0, status: "", steps: null, count: 0 };
  let pace = FASTEST_MS;
  while (!signal.aborted) {
    try {
      const { next, news, isWhole, hasMore } = await look(source, at);
      if (signal.aborted) return;
      if (news) tell(news);
      if (isWhole) return tell({ info: await source.run(), isOffline: false });
      pace = nextPace(pace, next.after !== at.after || next.status !== at.status);
      at = next;
      if (hasMore) continue;
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
      tell({ isOffline: true });
      pace = OFFLINE_MS;
    }
    await pause(pace, signal);
  }
}

interface Place {
  readonly after: number;
  readonly status: string;
  readonly steps: { readonly after: number; readonly status: string } | null;
  readonly count: number;
}

interface Look {
  readonly next: Place;
  readonly news: News | null;
  readonly isWhole: boolean;
  readonly hasMore: boolean;
}

/** The log before the steps: what has ended by the log's word has no more steps than are then read. */
async function look(source: Source, at: Place): Promise<Look> {
  const isFull = at.count >= MOST_ENTRIES;
  const info = isFull ? await source.run() : null;
  const page = info ? { entries: [], after: at.after, hasMore: false, status: info.status } : await source.log(at.after);
  const count = at.count + page.entries.length;
  const hasMore = page.hasMore && count < MOST_ENTRIES;
  const steps = hasMore && at.count ? null : await source.steps(at.steps);
  const isLogCut = count >= MOST_ENTRIES && (page.hasMore || isOpen(page.status));
  const next = { after: page.after, status: page.status, steps: steps ? { after: steps.after, status: steps.status } : at.steps, count };
  const news: News = { entries: page.entries, ...(steps && { steps }), status: page.status, isLogCut: isLogCut || isFull, isOffline: false };
  return { next, news, isWhole: !isOpen(page.status) && !hasMore, hasMore };
}

export function nextPace(pace: number, hasNews: boolean): number {
  return hasNews ? FASTEST_MS : Math.min(SLOWEST_MS, Math.round(pace * 1.3));
}

/** The nodes of a later answer; what has not changed keeps its identity, so that it is not drawn again. */
export function mergeNodes(before: Readonly<Record<string, NodeRun>>, now: Readonly<Record<string, NodeRun>>): Readonly<Record<string, NodeRun>> {
  return Object.fromEntries(Object.entries(now).map(([id, node]) => [id, isSame(before[id], node) ? before[id]! : node]));
}

/** The entries with those that are new behind them, each once. */
export function mergeEntries(before: readonly LogEntry[], more: readonly LogEntry[]): readonly LogEntry[] {
  const last = before.at(-1)?.seq ?? 0;
  const fresh = more.filter((entry) => entry.seq > last);
  return fresh.length ? [...before, ...fresh] : before;
}

function isSame(one: NodeRun | undefined, other: NodeRun): boolean {
  return one !== undefined && (Object.keys(other) as (keyof NodeRun)[]).every((key) => one[key] === other[key]);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

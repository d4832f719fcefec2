import { useCallback, useEffect, useState } from "react";
import { ask } from "../api.ts";
import { boot } from "../boot.ts";
import { isOpen, type RunInfo, useRun } from "../state/run.ts";
import { showBottom } from "../state/view.ts";
import { showRun } from "./actions.ts";
import { duration, statusWords } from "./format.ts";
import { reason } from "./runs.ts";

const LIMIT = 20;
const AGAIN_MS = 3_000;

interface Page {
  readonly runs: readonly RunInfo[];
  readonly next: string | null;
}

/** Earlier test runs of this pattern, newest first; a click shows one on the canvas. */
export function RunHistory() {
  const { page, error, isReading, readMore } = useTestRuns();
  const shownId = useRun((state) => state.runId);
  if (error) return <p className="panel-empty" role="alert">The test runs could not be read: {error}</p>;
  if (!page) return <p className="panel-empty" role="status">Reading …</p>;
  if (!page.runs.length) return <p className="panel-empty">No test runs yet. Run the draft, and it appears here.</p>;
  return (
    <div className="run-history">
      <ul>
        {page.runs.map((run) => (
          <li key={run.id}>
            <button type="button" aria-pressed={run.id === shownId} onClick={() => void choose(run.id)}>
              <span className={`badge status-${run.status}`}><i className="dot" />{statusWords(run.status)}</span>
              <time dateTime={run.createdAt}>{new Date(run.createdAt).toLocaleString()}</time>
              <span className="number">{duration(run.durationMs)}</span>
              <span className="bad-text run-history-error">{run.errorMessage}</span>
            </button>
            <a href={`/executions/${run.id}`} target="_blank" rel="noreferrer">Open its page</a>
          </li>
        ))}
      </ul>
      {page.next && <p><button type="button" className="button small" disabled={isReading} onClick={readMore}>Older ones</button></p>}
    </div>
  );
}

async function choose(runId: string): Promise<void> {
  if (await showRun(runId)) showBottom("console");
}

/** The newest runs, read again while one of them is open or another begins, and older ones as they are asked for. */
function useTestRuns() {
  const [page, setPage] = useState<Page | null>(null);
  const [error, setError] = useState("");
  const [isReading, setReading] = useState(false);
  const { runId, status } = useRun();
  const failed = useCallback((told: unknown) => setError(reason(told)), []);
  const hasOpen = page?.runs.some((run) => isOpen(run.status)) ?? false;
  useEffect(() => {
    let isGone = false;
    const read = () => readPage(null).then((newest) => isGone || (setPage((before) => joined(newest, before)), setError("")), failed);
    void read();
    const timer = hasOpen ? setInterval(() => void read(), AGAIN_MS) : undefined;
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, [runId, status, hasOpen, failed]);
  const readMore = () => {
    setReading(true);
    readPage(page?.next ?? null).then((older) => setPage((before) => before && { runs: [...before.runs, ...older.runs], next: older.next }), failed).finally(() => setReading(false));
  };
  return { page, error, isReading, readMore };
}

async function readPage(cursor: string | null): Promise<Page> {
  const query = new URLSearchParams({ patternId: boot.patternId, mode: "test", limit: String(LIMIT), ...(cursor && { cursor }) });
  const { data, meta } = await ask<readonly RunInfo[]>("GET", `/api/runs?${query}`);
  return { runs: data, next: typeof meta.nextCursor === "string" ? meta.nextCursor : null };
}

/** The newest page before the older ones that were read already. */
function joined(newest: Page, before: Page | null): Page {
  if (!before) return newest;
  const fresh = new Set(newest.runs.map((run) => run.id));
  const older = before.runs.filter((run) => !fresh.has(run.id));
  return older.length ? { runs: [...newest.runs, ...older], next: before.next } : newest;
}

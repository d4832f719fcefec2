import { useEffect, useState } from "react";
import { ApiError, call } from "../api.ts";
import { boot } from "../boot.ts";
import { write } from "../model/document.ts";
import type { Json } from "../model/types.ts";
import { currentDocument } from "../state/document.ts";
import { useRun } from "../state/run.ts";

interface Previewed {
  readonly value?: Json;
  readonly type?: string;
  readonly error?: { readonly message: string };
  readonly runId?: string | null;
}

const PAUSE_MS = 400;

/** What an expression comes to with the data of the last run. */
export function Preview({ nodeId, pin, text }: { readonly nodeId: string; readonly pin: string; readonly text: string }) {
  const [told, setTold] = useState<Previewed | null>(null);
  const runId = useRun((state) => (state.status ? state.runId : null));
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body = { text, nodeId, pin, graphData: write(currentDocument()), ...(runId && { runId }) };
      call<Previewed>("POST", `/api/patterns/${boot.patternId}/preview`, { body, signal: abort.signal }).then(setTold, (error: unknown) => {
        if (error instanceof ApiError) setTold({ error: { message: error.message } });
      });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [nodeId, pin, text, runId]);
  if (!told) return <p className="preview muted">…</p>;
  if (told.error) return <p className="preview bad-text" role="status">{told.error.message}</p>;
  return <p className="preview" role="status"><span className="muted">{told.runId ? "In the last run: " : "Without a run: "}</span><code>{shown(told.value)}</code> <small>{told.type}</small></p>;
}

function shown(value: Json | undefined): string {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  return text.length > 400 ? `${text.slice(0, 400)} …` : text;
}

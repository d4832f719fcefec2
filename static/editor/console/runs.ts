/** Runs as the API tells them. */
import { ApiError, ask, call } from "../api.ts";
import type { Json, StoredGraph, Pins, Values } from "../model/types.ts";
import type { LogEntry, RunInfo } from "../state/run.ts";
import type { LogPage, Source, Steps } from "./following.ts";

export interface RunGraph {
  readonly runId: string;
  readonly patternId: string;
  readonly patternName: string;
  readonly versionNumber: number | null;
  readonly mode: "test" | "live";
  readonly graphData: StoredGraph;
  readonly pins: Readonly<Record<string, Pins>>;
}

export interface LoopPosition {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly index: number;
  readonly of?: number;
}

/** What a node was given and gave, one of the times that it ran. */
export interface NodePass {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly pass: number;
  readonly passes: number;
  readonly loop: readonly LoopPosition[];
  readonly entry: LogEntry;
}

export interface RunOutputs {
  readonly outputs: Readonly<Record<string, Values>>;
  /** Nodes whose values were too large to be kept whole. */
  readonly cut: readonly string[];
}

export interface StartWith {
  readonly event?: Json;
  readonly startAt?: string;
  readonly from?: string;
}

const LOG_LIMIT = 1_000;

export const startRun = (patternId: string, body: StartWith): Promise<RunInfo> => call("POST", `/api/patterns/${patternId}/run`, { body });
export const cancelRun = (runId: string): Promise<RunInfo> => call("POST", `/api/runs/${runId}/cancel`);
export const readRun = (runId: string): Promise<RunInfo> => call("GET", `/api/runs/${runId}`);
export const readGraph = (runId: string): Promise<RunGraph> => call("GET", `/api/runs/${runId}/graph`);
export const readOutputs = (runId: string): Promise<RunOutputs> => call("GET", `/api/runs/${runId}/outputs`);

export function readPass(runId: string, nodeId: string, number: number | null, signal?: AbortSignal): Promise<NodePass> {
  const which = number === null ? "" : `?pass=${number}`;
  return call("GET", `/api/runs/${runId}/nodes/${encodeURIComponent(nodeId)}${which}`, signal ? { signal } : {});
}

export function sourceOf(runId: string): Source {
  return { log: (after) => readLog(runId, after), steps: (known) => readSteps(runId, known), run: () => readRun(runId) };
}

/** Its steps alone, for who does not show the log; they tell the status besides. */
export function stepsOf({ id, status }: RunInfo): Source {
  let known = status;
  const steps = async (before: { after: number; status: string } | null) => {
    const found = await readSteps(id, before);
    known = found?.status ?? known;
    return found;
  };
  return { log: async () => ({ entries: [], after: 0, hasMore: false, status: known }), steps, run: () => readRun(id) };
}

async function readLog(runId: string, after: number): Promise<LogPage> {
  const { data, meta } = await ask<readonly LogEntry[]>("GET", `/api/runs/${runId}/log?after=${after}&limit=${LOG_LIMIT}`);
  return { entries: data, after: Number(meta.after), hasMore: meta.more === true, status: String(meta.status) };
}

async function readSteps(runId: string, known: { after: number; status: string } | null): Promise<Steps | null> {
  const query = known ? `?after=${known.after}&status=${known.status}` : "";
  const { status, data, meta } = await ask<Steps>("GET", `/api/runs/${runId}/steps${query}`);
  return status === 204 ? null : { ...data, after: Number(meta.after), status: String(meta.status) };
}

/** Whether an error may pass by itself: no connection, or a server that is starting anew. */
export function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.isOffline || error.status >= 500 || error.status === 429);
}

export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

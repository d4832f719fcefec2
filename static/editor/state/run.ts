/** The run that the canvas shows, if any: what became of each node and wire, and its log. */
import { create } from "zustand";
import type { Json, Values } from "../model/types.ts";

export type StepState = "running" | "waiting" | "completed" | "failed";

export interface NodeRun {
  readonly state: StepState;
  readonly passes: number;
  readonly errors: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly lastUs: number | null;
  readonly totalUs: number | null;
}

/** What is known of a run besides its steps. */
export interface RunInfo {
  readonly id: string;
  readonly patternId: string;
  readonly mode: "test" | "live";
  readonly versionNumber: number | null;
  readonly status: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly durationMs: number | null;
  readonly attempt: number;
  readonly eventData: Json;
  readonly errorMessage: string | null;
  readonly error?: { readonly type: string; readonly message: string; readonly nodeId: string | null; readonly nodeName: string | null } | null;
  /** What a queued run waits for. */
  readonly waitsFor?: string | null;
}

export interface LogEntry {
  readonly seq: number;
  readonly timestamp: string;
  readonly nodeId: string;
  readonly nodeName: string;
  readonly level: string;
  readonly message: string;
  readonly inputs: Values;
  readonly output: Values;
  readonly durationMs: number | null;
  readonly attempt: number;
  /** A later attempt does this step again, if there is one. */
  readonly isVoid: boolean;
  readonly errorType: string | null;
}

interface RunState {
  readonly runId: string | null;
  /** The run's status word; empty while there is none. */
  readonly status: string;
  readonly nodes: Readonly<Record<string, NodeRun>>;
  /** How often each wire was taken. */
  readonly wires: Readonly<Record<string, number>>;
  readonly pinned: ReadonlySet<string>;
  readonly info: RunInfo | null;
  readonly entries: readonly LogEntry[];
  /** The run wrote more than is kept here. */
  readonly isLogCut: boolean;
  /** The server cannot be reached just now; following goes on. */
  readonly isOffline: boolean;
  /** What was drawn has changed since it ran. */
  readonly isOutdated: boolean;
}

export const NO_RUN: RunState = {
  runId: null,
  status: "",
  nodes: {},
  wires: {},
  pinned: new Set(),
  info: null,
  entries: [],
  isLogCut: false,
  isOffline: false,
  isOutdated: false,
};

export const useRun = create<RunState>(() => NO_RUN);

export const useNodeRun = (id: string): NodeRun | undefined => useRun((state) => state.nodes[id]);
export const useTimesTaken = (wireId: string): number => useRun((state) => state.wires[wireId] ?? 0);

const OPEN = ["queued", "running"];

export const isOpen = (status: string): boolean => OPEN.includes(status);

/** Whether a later attempt of the run has done this step again. */
export const useIsVoid = (entry: LogEntry): boolean => useRun(({ info }) => entry.isVoid && entry.attempt < (info?.attempt ?? 1));

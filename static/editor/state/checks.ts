/** What is wrong with the document, as the server found it, by node, pin and wire. */
import { create } from "zustand";
import type { Problem } from "../model/types.ts";

interface ChecksState {
  readonly problems: readonly Problem[];
  readonly byNode: ReadonlyMap<string, readonly Problem[]>;
  readonly byWire: ReadonlyMap<string, readonly Problem[]>;
  /** `stale` while the document has changed since, `unknown` before the first answer or without a connection. */
  readonly state: "unknown" | "stale" | "current";
}

export const useChecks = create<ChecksState>(() => ({
  problems: [],
  byNode: new Map(),
  byWire: new Map(),
  state: "unknown",
}));

export const NO_PROBLEMS: readonly Problem[] = [];

export function showProblems(problems: readonly Problem[]): void {
  const byNode = Map.groupBy(problems.filter((p) => p.nodeId), (p) => p.nodeId!);
  const byWire = Map.groupBy(problems.filter((p) => p.edgeId), (p) => p.edgeId!);
  useChecks.setState({ problems, byNode, byWire, state: "current" });
}

/** The worst of what is wrong with a pin. */
export function usePinSeverity(node: string, pin: string, side: "input" | "output"): Problem["severity"] | undefined {
  // Of an output only its wires can be wrong; an input of the same name has problems of its own.
  return useChecks((s) => worst((s.byNode.get(node) ?? NO_PROBLEMS).filter((problem) => problem.pin === pin && (side === "input" || problem.edgeId))));
}

export function worst(problems: readonly Problem[]): Problem["severity"] | undefined {
  if (problems.some(({ severity }) => severity === "error")) return "error";
  return problems[0]?.severity;
}

export const useNodeProblems = (id: string): readonly Problem[] => useChecks((s) => s.byNode.get(id) ?? NO_PROBLEMS);
export const useWireProblems = (id: string): readonly Problem[] => useChecks((s) => s.byWire.get(id) ?? NO_PROBLEMS);

/** Which run the canvas and the console show, followed while it is open. For the editor and for the page of a run. */
import { NO_RUN, type RunInfo, useRun } from "../state/run.ts";
import { follow, mergeEntries, mergeNodes, type News, type Source } from "./following.ts";
import { mayPass, sourceOf } from "./runs.ts";

let current: AbortController | null = null;

/** Shows a run from its beginning on; resolves when it has ended, or when another is shown. Raises ApiError. */
export async function show(info: RunInfo, isOutdated = false, source: Source = sourceOf(info.id)): Promise<void> {
  current?.abort();
  current = new AbortController();
  const { signal } = current;
  useRun.setState({ ...NO_RUN, runId: info.id, status: info.status, info, isOutdated });
  await follow({ source, tell, signal, mayPass });
}

export function clear(): void {
  current?.abort();
  current = null;
  useRun.setState(NO_RUN);
}

function tell({ entries, steps, status, info, isLogCut, isOffline }: News): void {
  useRun.setState((state) => ({
    isOffline,
    entries: entries ? mergeEntries(state.entries, entries) : state.entries,
    nodes: steps ? mergeNodes(state.nodes, steps.nodes) : state.nodes,
    wires: steps ? steps.wires : state.wires,
    pinned: steps ? new Set(steps.pinned) : state.pinned,
    status: info?.status ?? status ?? state.status,
    info: info ?? state.info,
    isLogCut: isLogCut ?? state.isLogCut,
  }));
}

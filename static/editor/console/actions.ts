/** Running the draft: with the sample event, from a node on, and stopping it. */
import { ApiError } from "../api.ts";
import { boot } from "../boot.ts";
import type { Json } from "../model/types.ts";
import { saveNow } from "../saving/saving.ts";
import { currentDocument } from "../state/document.ts";
import { isOpen, type RunInfo, useRun } from "../state/run.ts";
import { say, showBottom } from "../state/view.ts";
import { isSameBehaviour } from "./behaviour.ts";
import { cancelRun, readGraph, readRun, reason, type StartWith, startRun } from "./runs.ts";
import { readSample, runsAtOnce } from "./sample.ts";
import { clear, show } from "./shown.ts";
import { openDialog, useConsole } from "./store.ts";

/** Asks for the sample event and runs with it; at once where one has said so. */
export async function openRun(): Promise<void> {
  if (!boot.canEdit) return say("You may look at this pattern, and not run its draft.", "error");
  if (isRunning()) return say("A run is going on. Stop it, or wait for its end.");
  if (!runsAtOnce()) return openDialog("sample");
  try {
    await start({ event: (await readSample()).event });
  } catch (error) {
    say(`The sample event could not be read: ${reason(error)}`, "error");
  }
}

/** Runs with this event. Whether the run was accepted. */
export function runWith(event: Json): Promise<boolean> {
  return start({ event });
}

/** Runs from a node on; what lies before it gives what it gave in the run that is shown, and pinned data first. */
export async function runFromHere(nodeId: string): Promise<void> {
  if (isRunning()) return say("A run is going on. Stop it, or wait for its end.");
  const { runId } = useRun.getState();
  await start({ startAt: nodeId, ...(runId && { from: runId }) });
}

export async function stop(): Promise<void> {
  const { runId, status } = useRun.getState();
  if (!runId || !isOpen(status)) return;
  useConsole.setState({ isBusy: true });
  try {
    await cancelRun(runId);
    say("The run is being stopped. What it has done stays done.");
  } catch (error) {
    say(`It could not be stopped: ${reason(error)}`, "error");
  } finally {
    useConsole.setState({ isBusy: false });
  }
}

/** Shows an earlier run on the canvas, and says so where the draft is no longer what it ran. */
export async function showRun(runId: string): Promise<RunInfo | null> {
  try {
    const [info, drawn] = await Promise.all([readRun(runId), readGraph(runId)]);
    void followed(info, !isSameBehaviour(drawn.graphData, currentDocument()));
    return info;
  } catch (error) {
    say(`The run could not be read: ${reason(error)}`, "error");
    return null;
  }
}

export function clearRun(): void {
  clear();
  say("The canvas shows no run.");
}

export const isRunning = (): boolean => isOpen(useRun.getState().status);

// --- Starting --------------------------------------------------------------------------------------------------------
async function start(body: StartWith): Promise<boolean> {
  if (useConsole.getState().isBusy) return false;
  useConsole.setState({ isBusy: true });
  try {
    if (!(await saveNow())) return refuse("The draft is not saved, so it was not run. See beside the pattern’s name.");
    const info = await startRun(boot.patternId, body);
    showBottom("console");
    void followed(info, false);
    return true;
  } catch (error) {
    return refused(error);
  } finally {
    useConsole.setState({ isBusy: false });
  }
}

function refused(error: unknown): boolean {
  if (!(error instanceof ApiError)) throw error;
  if (error.code !== "COMPILE_FAILED") return refuse(`It was not run: ${error.message}`);
  showBottom("problems");
  return refuse("It cannot run yet: see the problems.");
}

function refuse(text: string): false {
  say(text, "error");
  return false;
}

async function followed(info: RunInfo, isOutdated: boolean): Promise<void> {
  try {
    await show(info, isOutdated);
  } catch (error) {
    say(`The run cannot be followed: ${reason(error)}`, "error");
  }
}

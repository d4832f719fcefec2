/** Pinned data: outputs of a run that later test runs take instead of running the nodes. */
import { counted, setPinned } from "../model/commands.ts";
import type { Values } from "../model/types.ts";
import { currentCatalog } from "../state/catalog.ts";
import { currentDocument, edit } from "../state/document.ts";
import { useRun } from "../state/run.ts";
import { say } from "../state/view.ts";
import { readOutputs, reason, type RunOutputs } from "./runs.ts";

/** Pins what these nodes gave last in the run that is shown; says which it could not pin, and why. */
export async function pinLastOutput(nodeIds: readonly string[]): Promise<void> {
  const told = await lastOutputs();
  if (!told) return;
  const refusals = new Map(nodeIds.flatMap((id) => [[id, reasonAgainst(id, told)] as const]).filter(([, why]) => why !== ""));
  const pinnable = nodeIds.filter((id) => !refusals.has(id));
  edit(setPinned(currentDocument(), new Map(pinnable.map((id) => [id, told.outputs[id] as Values]))));
  const parts = [pinnable.length && `Pinned the outputs of ${counted(pinnable.length, "node")}.`, ...[...refusals.values()].slice(0, 3)];
  say(parts.filter(Boolean).join(" "), pinnable.length ? "info" : "error");
}

/** Pins every node of the run that is shown, where that is possible. */
export async function pinEverything(): Promise<void> {
  const told = await lastOutputs();
  if (!told) return;
  const pinnable = [...currentDocument().nodes.keys()].filter((id) => reasonAgainst(id, told) === "");
  edit(setPinned(currentDocument(), new Map(pinnable.map((id) => [id, told.outputs[id] as Values]))));
  say(pinnable.length ? `Pinned the outputs of ${counted(pinnable.length, "node")}.` : "This run has no outputs that can be pinned.");
}

export function unpin(nodeIds: readonly string[]): void {
  edit(setPinned(currentDocument(), new Map(nodeIds.map((id) => [id, null]))));
}

/** Whether the library lets outputs of this node be pinned. */
export function isPinnable(nodeId: string): boolean {
  const node = currentDocument().nodes.get(nodeId);
  return node !== undefined && (currentCatalog().types.get(node.type)?.isPinnable ?? false);
}

/** Empty where the node can be pinned. */
function reasonAgainst(id: string, { outputs, cut }: RunOutputs): string {
  const name = currentDocument().nodes.get(id)?.data.label ?? id;
  if (!isPinnable(id)) return `The outputs of ${name} cannot be pinned: it is an event, decides which way the run takes, or gives no data.`;
  if (cut.includes(id)) return `The outputs of ${name} cannot be pinned: they are too large for the log to keep whole.`;
  return outputs[id] ? "" : `${name} gave nothing in this run.`;
}

async function lastOutputs(): Promise<RunOutputs | null> {
  const { runId } = useRun.getState();
  if (!runId) say("Run the pattern first: what is pinned comes from a run.", "error");
  else
    try {
      return await readOutputs(runId);
    } catch (error) {
      say(`The outputs could not be read: ${reason(error)}`, "error");
    }
  return null;
}

/** What the page was opened with: `?run=<id>` copies a run to the editor, `?captured=<id>` a request to the webhook. */
import { say, showBottom } from "../state/view.ts";
import { showRun } from "./actions.ts";
import { reason } from "./runs.ts";
import { keepSample, readCaptured } from "./sample.ts";
import { openDialog, useConsole } from "./store.ts";

let hasArrived = false;

/** Looks at the address once, and takes what it asked for out of it. */
export async function arrive(): Promise<void> {
  if (hasArrived) return;
  hasArrived = true;
  const query = new URLSearchParams(location.search);
  const [run, captured] = [query.get("run"), query.get("captured")];
  if (!run && !captured) return;
  query.delete("run");
  query.delete("captured");
  history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  if (run) await takeRun(run);
  else await takeCaptured(captured!);
}

async function takeRun(id: string): Promise<void> {
  const arrived = await showRun(id);
  if (arrived) showBottom("console");
  useConsole.setState({ arrived });
}

async function takeCaptured(id: string): Promise<void> {
  try {
    const found = (await readCaptured()).find((request) => request.id === id);
    if (!found) return say("That request is no longer kept: only the latest are.", "error");
    await keepSample(found.event);
    openDialog("sample", found.event);
    say("The request is the sample event now.");
  } catch (error) {
    say(`The request could not be taken: ${reason(error)}`, "error");
  }
}

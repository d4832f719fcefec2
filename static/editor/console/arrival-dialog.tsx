import { useState } from "react";
import { Dialog } from "../dialog.tsx";
import type { RunInfo } from "../state/run.ts";
import { say } from "../state/view.ts";
import { duration, statusWords } from "./format.ts";
import { pinEverything } from "./pinning.ts";
import { reason } from "./runs.ts";
import { keepSample } from "./sample.ts";
import { useConsole } from "./store.ts";

/** A run was copied to the editor: what of it shall be taken over? */
export function ArrivalDialog({ run }: { readonly run: RunInfo }) {
  const [takesEvent, setTakesEvent] = useState(true);
  const [pins, setPins] = useState(false);
  const close = () => useConsole.setState({ arrived: null });
  const take = async () => {
    close();
    if (pins) await pinEverything();
    if (takesEvent) await takeEvent(run);
  };
  return (
    <Dialog title="Copy a run to the editor" onClose={close}>
      <form className="stack" onSubmit={(event) => (event.preventDefault(), void take())}>
        <p><span className={`badge status-${run.status}`}><i className="dot" />{statusWords(run.status, run.waitsFor)}</span> {new Date(run.createdAt).toLocaleString()}{run.durationMs !== null && ` · ${duration(run.durationMs)}`}</p>
        <p className="muted">The canvas shows what became of each node in it.</p>
        <label className="check-line"><input type="checkbox" checked={takesEvent} onChange={(event) => setTakesEvent(event.target.checked)} /> <span>Use its event as the sample event</span></label>
        <label className="check-line"><input type="checkbox" checked={pins} onChange={(event) => setPins(event.target.checked)} /> <span>Pin its outputs<small className="muted">Test runs then use them instead of running the nodes.</small></span></label>
        <div className="actions end">
          <button type="button" className="button" onClick={close}>Only look</button>
          <button type="submit" className="button primary" disabled={!takesEvent && !pins}>Copy to the editor</button>
        </div>
      </form>
    </Dialog>
  );
}

async function takeEvent(run: RunInfo): Promise<void> {
  try {
    await keepSample(run.eventData);
    say("The event of the run is the sample event now.");
  } catch (error) {
    say(`The event was not taken over: ${reason(error)}`, "error");
  }
}

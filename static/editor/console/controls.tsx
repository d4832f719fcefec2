import { useEffect } from "react";
import { Icon } from "../icon.tsx";
import { isOpen, useRun } from "../state/run.ts";
import { openRun, stop } from "./actions.ts";
import { arrive } from "./arrival.ts";
import { ArrivalDialog } from "./arrival-dialog.tsx";
import { runsAtOnce } from "./sample.ts";
import { RunDialog } from "./run-dialog.tsx";
import { openDialog, useConsole } from "./store.ts";

/** Run, and Stop while a run is going on. */
export function RunControls() {
  const { dialog, isBusy, arrived } = useConsole();
  const isRunning = useRun((state) => isOpen(state.status));
  useEffect(() => void arrive(), []);
  return (
    <>
      <div className="run-controls">
        {isRunning ? (
          <button type="button" className="button" disabled={isBusy} onClick={() => void stop()}><Icon name="stop" /> <span className="bar-words">Stop</span></button>
        ) : (
          <button type="button" className="button run-button" disabled={isBusy} aria-keyshortcuts="Control+Enter" title="Run the draft in test mode (Ctrl+Enter)" onClick={() => void openRun()}><Icon name="play" /> <span className="bar-words">Run</span></button>
        )}
        {!isRunning && runsAtOnce() && (
          <button type="button" className="button icon-only run-choose" disabled={isBusy} aria-label="Choose the event to run with" title="Choose the event to run with" onClick={() => openDialog("sample")}><Icon name="down" /></button>
        )}
      </div>
      {dialog && <RunDialog />}
      {arrived && <ArrivalDialog run={arrived} />}
    </>
  );
}

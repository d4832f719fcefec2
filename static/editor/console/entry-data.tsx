import { Icon } from "../icon.tsx";
import { camera } from "../state/camera.ts";
import { type LogEntry, useIsVoid } from "../state/run.ts";
import { clock, duration } from "./format.ts";
import { ValuesTree } from "./json-tree.tsx";

/** What one entry of the log holds. */
export function EntryData({ entry, onClose }: { readonly entry: LogEntry; readonly onClose: () => void }) {
  const isVoid = useIsVoid(entry);
  return (
    <section className="entry-data-pane" aria-label={`Entry ${entry.seq}: ${entry.nodeName}`}>
      <header>
        <h3><button type="button" className="link" title="Show it on the canvas" onClick={() => camera().reveal([entry.nodeId])}>{entry.nodeName}</button></h3>
        <span className="muted">{clock(entry.timestamp)} · {duration(entry.durationMs) || "no time"}{entry.attempt > 1 && ` · attempt ${entry.attempt}`}{isVoid && " · done again later"}</span>
        <span className="bar-space" />
        <button type="button" className="button quiet icon-only small" aria-label="Close the entry" onClick={onClose}><Icon name="close" size={14} /></button>
      </header>
      <Entry entry={entry} />
    </section>
  );
}

/** Message, inputs and outputs. */
export function Entry({ entry }: { readonly entry: LogEntry }) {
  return (
    <>
      {entry.errorType && <p className="entry-error"><b>{entry.errorType}</b> <span>{entry.message}</span></p>}
      {!entry.errorType && entry.message && <pre className="entry-message" tabIndex={0}>{entry.message}</pre>}
      <h4>Inputs</h4>
      <ValuesTree values={entry.inputs} />
      <h4>Outputs</h4>
      <ValuesTree values={entry.output} />
    </>
  );
}

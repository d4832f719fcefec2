import { type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { boot } from "../boot.ts";
import { Icon } from "../icon.tsx";
import { camera } from "../state/camera.ts";
import { useDocument } from "../state/document.ts";
import { isOpen, type LogEntry, useRun } from "../state/run.ts";
import { say } from "../state/view.ts";
import { clearRun, openRun } from "./actions.ts";
import { copyText } from "../copy.ts";
import { EntryData } from "./entry-data.tsx";
import { EntryList } from "./entry-list.tsx";
import { asText, type Filter, filtered, type Level, LEVELS } from "./filter.ts";
import { duration, statusWords } from "./format.ts";
import { toggleData, useConsole } from "./store.ts";
import { useElapsed } from "./elapsed.ts";

/** The run as it goes: every step with what it said, gave and took, to be opened and searched. */
export function ConsolePanel() {
  const { runId, entries } = useRun();
  const [filter, setFilter] = useState<Filter>({ level: "debug", text: "" });
  const [isFollowing, setFollowing] = useState(true);
  const [chosen, setChosen] = useState<number | null>(null);
  const wanted = useDeferredValue(filter);
  const shown = useMemo(() => filtered(entries, wanted), [entries, wanted]);
  if (!runId) return <Nothing />;
  const entry = entries.find(({ seq }) => seq === chosen);
  return (
    <div className="console">
      <div className="console-bar">
        <RunLine />
        <span className="bar-space" />
        <Filters filter={filter} onChange={setFilter} />
        <label className="console-follow"><input type="checkbox" checked={isFollowing} onChange={(event) => setFollowing(event.target.checked)} /> Follow</label>
        <Tools shown={shown} />
      </div>
      <div className="console-body" data-chosen={entry !== undefined}>
        <EntryList key={runId} entries={shown} chosen={chosen} isFollowing={isFollowing} onChoose={setChosen} onFollow={setFollowing} empty={<NoEntry isFiltered={shown.length !== entries.length} />} />
        {entry && <EntryData entry={entry} onClose={() => setChosen(null)} />}
      </div>
    </div>
  );
}

function Nothing() {
  return (
    <div className="panel-empty">
      <p>{boot.canEdit ? "Run the draft, and every step appears here as it happens: what it was given, what it gave, how long it took." : "An editor can run the draft, and every step appears here. See the test runs for earlier ones."}</p>
      {boot.canEdit && <p className="actions center"><button type="button" className="button" onClick={() => void openRun()}><Icon name="play" /> Run</button> <span className="muted"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span></p>}
    </div>
  );
}

function NoEntry({ isFiltered }: { readonly isFiltered: boolean }): ReactNode {
  const { status, info } = useRun();
  if (isFiltered) return "No entry matches.";
  if (status === "queued") return info?.waitsFor ? "It waits for its turn …" : "Accepted; it waits for a worker …";
  return isOpen(status) ? "It has begun …" : "This run wrote no log.";
}

/** The state of the run, its time, and what runs just now. */
function RunLine() {
  const { status, info, nodes, isOffline, isOutdated, isLogCut, runId } = useRun();
  const labels = useDocument(({ document }) => document.nodes);
  const elapsed = useElapsed(info, isOpen(status));
  const busy = Object.entries(nodes).filter(([, node]) => node.state === "running" || node.state === "waiting");
  const waitsFor = busy.some(([, node]) => node.state === "waiting") ? "time" : info?.waitsFor;
  return (
    <div className="run-line">
      <span className={`badge status-${status}`} role="status"><i className="dot" />{statusWords(status, waitsFor)}</span>
      <span className="number">{duration(elapsed)}</span>
      {busy.slice(0, 4).map(([id, node]) => <button key={id} type="button" className="link" onClick={() => camera().reveal([id])}>{labels.get(id)?.data.label ?? id} {node.state === "waiting" ? "waits" : "runs"}</button>)}
      {isOffline && <span className="bad-text">The server cannot be reached; trying again …</span>}
      {info?.error && !isOpen(status) && <RunError error={info.error} />}
      {isOutdated && <span className="warn-text">The draft has changed since; what it no longer has is not shown.</span>}
      {isLogCut && <span className="warn-text">Only the first entries are shown.</span>}
      <a href={`/executions/${runId}`} target="_blank" rel="noreferrer">Open its page</a>
    </div>
  );
}

function RunError({ error }: { readonly error: { readonly message: string; readonly nodeId: string | null; readonly nodeName: string | null } }) {
  return (
    <span className="run-error bad-text" title={error.message}>
      {error.nodeId && <button type="button" className="link" onClick={() => camera().reveal([error.nodeId!])}>{error.nodeName}</button>} <span>{error.message}</span>
    </span>
  );
}

function Filters({ filter, onChange }: { readonly filter: Filter; readonly onChange: (filter: Filter) => void }) {
  return (
    <>
      <select className="console-level" aria-label="Level" value={filter.level} onChange={(event) => onChange({ ...filter, level: event.target.value as Level })}>
        {LEVELS.map((level) => <option key={level} value={level}>{level === "debug" ? "All levels" : level === "error" ? "Errors" : `${level[0]!.toUpperCase()}${level.slice(1)} and up`}</option>)}
      </select>
      <input type="search" className="console-search" aria-label="Search the log" placeholder="Search the log" value={filter.text} onChange={(event) => onChange({ ...filter, text: event.target.value })} />
    </>
  );
}

function Tools({ shown }: { readonly shown: readonly LogEntry[] }) {
  const isDataOpen = useConsole((state) => state.isDataOpen);
  const copy = async () => say((await copyText(asText(shown))) ? "The entries are copied." : "The browser does not let the page copy.");
  return (
    <>
      <button type="button" className="button quiet small" aria-pressed={isDataOpen} title="What the chosen node was given and gave" onClick={toggleData}>Data</button>
      <button type="button" className="button quiet icon-only small" aria-label="Copy the entries" title="Copy the entries" onClick={() => void copy()}><Icon name="copy" /></button>
      <button type="button" className="button quiet icon-only small" aria-label="Clear the run from the canvas and the console" title="Clear the run from the canvas and the console" onClick={clearRun}><Icon name="trash" /></button>
    </>
  );
}

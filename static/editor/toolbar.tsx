import { boot } from "./boot.ts";
import { RunControls } from "./console/controls.tsx";
import { DeployControls } from "./deploy/controls.tsx";
import { Icon } from "./icon.tsx";
import { PatternMenu } from "./deploy/menu.tsx";
import { SaveState } from "./saving/state.tsx";
import { edit, currentDocument, redo, undo, useDocument } from "./state/document.ts";
import { setAbout } from "./model/commands.ts";
import { say, toggleInspector, useView } from "./state/view.ts";

/** The bar on top: where one is, undo and redo, saving, Run, Deploy. */
export function Toolbar() {
  const isInspectorOpen = useView((view) => view.isInspectorOpen);
  return (
    <header className="editor-bar" role="toolbar" aria-label="Pattern">
      <a className="button quiet icon-only" href="/patterns" aria-label="All patterns" title="All patterns"><Icon name="left" /></a>
      <PatternName />
      <SaveState />
      <div className="bar-group">
        <button type="button" className="button quiet icon-only" aria-pressed={isInspectorOpen} aria-label="Inspector" title="Inspector (Ctrl+B)" onClick={toggleInspector}><Icon name="sidebar" /></button>
        <HistoryButtons />
      </div>
      <span className="bar-space" />
      {boot.canEdit && <RunControls />}
      <DeployControls />
      <PatternMenu />
    </header>
  );
}

function PatternName() {
  const name = useDocument((state) => state.document.about.name);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  return (
    <input
      className="pattern-name"
      aria-label="Name of the pattern"
      value={name}
      maxLength={200}
      readOnly={isReadOnly}
      onChange={(event) => edit(setAbout(currentDocument(), { name: event.target.value }))}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function HistoryButtons() {
  const past = useDocument((state) => state.history.past.at(-1)?.transaction.label);
  const future = useDocument((state) => state.history.future.at(-1)?.transaction.label);
  return (
    <>
      <button type="button" className="button quiet icon-only" disabled={!past} aria-label={past ? `Undo: ${past}` : "Undo"} title={past ? `Undo: ${past} (Ctrl+Z)` : "Nothing to undo"} onClick={() => tell("Undone", undo())}><Icon name="undo" /></button>
      <button type="button" className="button quiet icon-only" disabled={!future} aria-label={future ? `Redo: ${future}` : "Redo"} title={future ? `Redo: ${future} (Ctrl+Shift+Z)` : "Nothing to redo"} onClick={() => tell("Done again", redo())}><Icon name="redo" /></button>
    </>
  );
}

function tell(verb: string, label: string | null): void {
  if (label) say(`${verb}: ${label}`);
}

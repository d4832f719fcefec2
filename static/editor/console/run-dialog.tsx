import { useEffect, useState } from "react";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icon.tsx";
import { Code } from "../inspector/code-field.tsx";
import { parseJson } from "../model/typed.ts";
import type { Json } from "../model/types.ts";
import { useChecks } from "../state/checks.ts";
import { useDocument } from "../state/document.ts";
import { showBottom } from "../state/view.ts";
import { runWith } from "./actions.ts";
import { EventChoice } from "./event-choice.tsx";
import { reason } from "./runs.ts";
import { keepSample, readSample, runsAtOnce, setRunsAtOnce } from "./sample.ts";
import { closeDialog, useConsole } from "./store.ts";
import { TapView } from "./tap.tsx";

/** Which event shall the draft run with? Nothing is sent anywhere by choosing one. */
export function RunDialog() {
  const { text, setText, error } = useSampleText();
  const [isListening, setListening] = useState(useConsole.getState().dialog === "tap");
  const [isAtOnce, setAtOnce] = useState(runsAtOnce());
  const [refusal, setRefusal] = useState("");
  const isBusy = useConsole((state) => state.isBusy);
  const hasWebhook = useDocument(({ document }) => [...document.nodes.values()].some(({ type }) => type === "OnWebhook"));
  const put = (event: Json) => setText(JSON.stringify(event, null, 2));
  const run = async () => {
    const event = text === null ? undefined : parseJson(text);
    if (event === undefined) return setRefusal("This is not JSON yet: see the mark in the text.");
    setRunsAtOnce(isAtOnce);
    const fault = await kept(event);
    if (fault) return setRefusal(fault);
    if (await runWith(event)) closeDialog();
  };
  return (
    <Dialog title="Run the draft" size="wide" onClose={closeDialog}>
      <form className="run-dialog" onSubmit={(event) => (event.preventDefault(), void run())} onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && (event.preventDefault(), void run())}>
        <Hindrance />
        <p className="muted">In test mode, with no deployment. What its nodes do is real: requests and messages are sent.</p>
        <div className="run-dialog-sources">
          <EventChoice hasWebhook={hasWebhook} onChoose={put} />
          {hasWebhook && <button type="button" className="button small" aria-pressed={isListening} onClick={() => setListening(!isListening)}><Icon name="webhook" size={14} /> Listen for a request</button>}
        </div>
        {isListening && <TapView onRequest={put} />}
        <p className="field-label">Event</p>
        {error && <p className="note error" role="alert"><Icon name="alert" /> <span>{error}</span></p>}
        {text === null ? <p className="muted" role="status">Reading the sample event …</p> : <Code label="Event" text={text} language="json" isReadOnly={false} isLarge onChange={setText} />}
        {refusal && <p className="bad-text" role="alert">{refusal}</p>}
        <div className="actions end">
          <label className="check-line run-dialog-once"><input type="checkbox" checked={isAtOnce} onChange={(event) => setAtOnce(event.target.checked)} /> <span>Do not ask again: run with this event at once</span></label>
          <button type="button" className="button" onClick={closeDialog}>Cancel</button>
          <button type="submit" className="button primary" disabled={isBusy || text === null} title="Ctrl+Enter"><Icon name="play" /> Run</button>
        </div>
      </form>
    </Dialog>
  );
}

/** What keeps the draft from running, as far as it is known. */
function Hindrance() {
  const errors = useChecks((state) => state.problems.filter((problem) => problem.severity === "error").length);
  if (!errors) return null;
  return <p className="note warning"><Icon name="alert" /> <span>{errors === 1 ? "An error keeps" : `${errors} errors keep`} the draft from running. <button type="button" className="link" onClick={() => (closeDialog(), showBottom("problems"))}>Show the problems</button></span></p>;
}

function useSampleText() {
  const { proposed } = useConsole.getState();
  const [text, setText] = useState<string | null>(proposed === undefined ? null : JSON.stringify(proposed, null, 2));
  const [error, setError] = useState("");
  useEffect(() => {
    if (proposed !== undefined) return;
    let isGone = false;
    readSample().then(
      ({ event }) => isGone || setText(JSON.stringify(event, null, 2)),
      (told: unknown) => isGone || (setError(`The sample event could not be read: ${reason(told)}`), setText("{}")),
    );
    return () => void (isGone = true);
  }, [proposed]);
  return { text, setText, error };
}

/** Why the event could not be kept as the sample; empty where it is. */
async function kept(event: Json): Promise<string> {
  try {
    await keepSample(event);
    return "";
  } catch (error) {
    return `The event could not be kept as the sample: ${reason(error)}`;
  }
}

import { boot } from "../boot.ts";
import { takeTheirs } from "./choices.ts";
import { saveNow } from "./saving.ts";
import { type SavingState, useSaving } from "./store.ts";

const WORDS: Record<SavingState, string> = {
  saved: "Saved",
  unsaved: "Unsaved",
  saving: "Saving …",
  offline: "Offline, kept in this browser",
  failed: "Not saved",
  conflict: "Saved by somebody else",
  "signed-out": "Signed out, kept in this browser",
  newer: "There is a newer version",
};

/** Whether the draft is saved, and what to do where it is not. */
export function SaveState() {
  const { state, message, savedAt, isKept } = useSaving();
  if (!boot.canEdit) return <span className="save-state">View only</span>;
  const title = message || (savedAt ? `Saved at ${new Date(savedAt).toLocaleTimeString()}` : "Every edit is saved by itself.");
  return (
    <span className="save-state" role="status" data-state={state} title={title}>
      <i className="dot" /> <span className="save-words">{words(state, message, savedAt, isKept)}</span>
      {(state === "failed" || state === "offline") && <button type="button" className="button small" onClick={() => void saveNow()}>Try again</button>}
      {state === "signed-out" && <a className="button small" href="/sign-in" target="_blank" rel="noreferrer">Sign in</a>}
      {state === "conflict" && <button type="button" className="button small" onClick={() => useSaving.setState({ isDeciding: true })}>Decide</button>}
      {state === "newer" && <button type="button" className="button small" onClick={takeTheirs}>Load it</button>}
    </span>
  );
}

function words(state: SavingState, message: string, savedAt: number | null, isKept: boolean): string {
  if (state === "failed") return `${WORDS.failed}: ${message}`;
  if (!isKept && (state === "offline" || state === "signed-out")) return "Not saved, and too large to be kept in this browser";
  const time = savedAt && new Date(savedAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return state === "saved" && time ? `Saved ${time}` : WORDS[state];
}

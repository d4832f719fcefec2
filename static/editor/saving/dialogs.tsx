import { useEffect, useState } from "react";
import type { ApiError } from "../api.ts";
import { Changes, type GraphChanges, summary } from "../deploy/changes.tsx";
import { Dialog } from "../dialog.tsx";
import { currentDocument } from "../state/document.ts";
import { compare, keepMine, saveCopy, takeTheirs } from "./choices.ts";
import { type Theirs, useSaving } from "./store.ts";

export function SaveDialogs() {
  const { theirs, isDeciding, state, copiedTo } = useSaving();
  if (copiedTo) return <CopyDialog path={copiedTo} />;
  return theirs && isDeciding && state === "conflict" ? <ConflictDialog theirs={theirs} /> : null;
}

function ConflictDialog({ theirs }: { readonly theirs: Theirs }) {
  const [changes, setChanges] = useState<GraphChanges | null>(null);
  const [isComparing, setComparing] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => {
    compare().then(setChanges, (refused: ApiError) => setError(`The two cannot be compared just now: ${refused.message}`));
  }, []);
  const when = theirs.updatedAt ? ` at ${new Date(theirs.updatedAt).toLocaleTimeString()}` : "";
  return (
    <Dialog title="Somebody else saved this pattern" size="wide" onClose={() => useSaving.setState({ isDeciding: false })}>
      <p>It was saved{when}, as revision {theirs.revision}, while you were editing. Nothing of either is lost: undo brings back what you do not choose, and if you close this, your edits stay in this browser.</p>
      <p className="muted" role="status">{changes ? `Yours against theirs: ${summary(changes)}.` : !error && "Comparing yours with theirs …"}</p>
      <AboutChanges theirs={theirs} />
      <div className="actions">
        <button type="button" className="button" onClick={takeTheirs}>Load theirs</button>
        <button type="button" className="button" onClick={() => void keepMine()}>Save mine over it</button>
        <button type="button" className="button" onClick={() => void saveCopy().then(setError)}>Save mine as a copy</button>
        <button type="button" className="button primary" autoFocus disabled={!changes} aria-expanded={isComparing} onClick={() => setComparing(!isComparing)}>Compare</button>
      </div>
      {error && <p className="note error" role="alert">{error}</p>}
      {changes && isComparing && <Changes changes={changes} from="theirs" to="mine" />}
    </Dialog>
  );
}

/** What the comparison of graphs leaves out. */
function AboutChanges({ theirs }: { readonly theirs: Theirs }) {
  const mine = currentDocument().about;
  const { about } = theirs.document;
  if (mine.name === about.name) return null;
  return <p className="field-change"><span>Name</span> <del>{about.name}</del> <ins>{mine.name}</ins></p>;
}

function CopyDialog({ path }: { readonly path: string }) {
  return (
    <Dialog title="Saved as a copy" onClose={() => useSaving.setState({ copiedTo: "" })}>
      <p>Yours is saved as <a href={path} target="_blank" rel="noreferrer">a pattern of its own</a>. Here you see theirs.</p>
    </Dialog>
  );
}

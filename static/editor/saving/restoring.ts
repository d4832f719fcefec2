/** Edits that the server never got, from windows that were closed. */
import { become } from "../model/commands.ts";
import { isSame } from "../model/document.ts";
import { currentDocument, edit } from "../state/document.ts";
import { say } from "../state/view.ts";
import { forget, holdDrafts, leftDrafts } from "./kept.ts";
import { useSaving } from "./store.ts";

/** Puts them onto the screen, each to be undone. Where somebody has saved since, a person must decide. */
export async function restore(): Promise<void> {
  holdDrafts();
  const left = await leftDrafts();
  const { revision, saved } = useSaving.getState(); // as it is by now: meanwhile a person may have gone on
  const found = left.filter((draft) => !isSame(draft.document, saved));
  const last = found.at(-1);
  if (!last) return isSame(saved, currentDocument()) ? forget() : undefined;
  if (last.revision !== revision) {
    const theirs = { revision, updatedAt: "", document: saved };
    useSaving.setState({ state: "conflict", revision: last.revision, theirs, isDeciding: true });
  }
  for (const { document } of found) edit(become(currentDocument(), document, "Restore edits kept in this browser"));
  if (last.revision === revision) say("Edits that had not been saved were restored. Undo takes them back.");
}

/** What can be done when somebody else has saved first. Whatever is chosen, undo leads to the other. */
import { type ApiError, call } from "../api.ts";
import { boot } from "../boot.ts";
import type { GraphChanges } from "../deploy/changes.tsx";
import { become } from "../model/commands.ts";
import { write } from "../model/document.ts";
import { currentDocument, edit } from "../state/document.ts";
import { say } from "../state/view.ts";
import { saveNow, settle } from "./saving.ts";
import { stored } from "./server.ts";
import { useSaving } from "./store.ts";

const LONGEST_NAME = 200;

/** Loads what is stored; undo brings mine back. */
export function takeTheirs(): void {
  const { theirs } = useSaving.getState();
  if (!theirs) return;
  edit(become(currentDocument(), theirs.document, "Load the stored version"));
  settle(theirs.document, theirs.revision);
  say("The stored version is loaded. Undo brings yours back.");
}

/** Saves mine over theirs, naming their revision: a third save since is a conflict again. Undo brings theirs back. */
export async function keepMine(): Promise<void> {
  const { theirs } = useSaving.getState();
  const mine = currentDocument();
  if (!theirs) return;
  edit(become(mine, theirs.document, "Load the stored version"));
  settle(theirs.document, theirs.revision);
  edit(become(theirs.document, mine, "Save mine over the stored version"));
  if (await saveNow()) say("Yours is saved. Undo brings theirs back.");
}

/** Saves mine as another pattern, and loads theirs. Why not, where it was refused. */
export async function saveCopy(): Promise<string> {
  const { name, description, tags, isTemplate } = currentDocument().about;
  const body = { name: copyName(name), description, tags, isTemplate, graphData: write(currentDocument()) };
  try {
    const { id } = await call<{ id: string }>("POST", "/api/patterns", { body });
    takeTheirs();
    useSaving.setState({ copiedTo: `/patterns/${id}` });
    return "";
  } catch (error) {
    return `The copy was not saved: ${(error as ApiError).message}`;
  }
}

/** How mine differs from theirs, which is read anew: a third person may have saved. */
export async function compare(): Promise<GraphChanges> {
  const theirs = await stored();
  useSaving.setState({ theirs });
  return call<GraphChanges>("POST", `/api/patterns/${boot.patternId}/changes`, { body: { graphData: write(currentDocument()) } });
}

function copyName(name: string): string {
  const suffix = " (my copy)";
  return (name.trim() || "Pattern").slice(0, LONGEST_NAME - suffix.length) + suffix;
}

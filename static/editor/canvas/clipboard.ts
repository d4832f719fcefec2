/** Copy, cut, paste and duplicate, by the browser's own events, so that menus and keys of every system work. */
import { type Fragment, fragmentOf, fromText, paste, toText } from "../model/clipboard.ts";
import { counted, remove } from "../model/commands.ts";
import type { Point } from "../model/types.ts";
import { isTyping } from "../keyboard/typing.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, currentSelection, edit, select } from "../state/document.ts";
import { say } from "../state/view.ts";

let pointer: Point | null = null; // on the canvas, where it was last seen
let last = ""; // the text that this page copied or pasted last: pasted again, it lands beside

export function listenToClipboard(): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  document.addEventListener("pointermove", notePointer, { signal });
  document.addEventListener("copy", (event) => carry(event, false), { signal });
  document.addEventListener("cut", (event) => carry(event, true), { signal });
  document.addEventListener("paste", take, { signal });
  return () => abort.abort();
}

/** For a menu: the selection as text in the clipboard. */
export async function copySelection(isCut = false): Promise<void> {
  const fragment = chosen();
  if (!fragment) return;
  try {
    await navigator.clipboard.writeText(toText(fragment));
    finish(fragment, isCut);
  } catch {
    say("The browser lets only keys copy here: press Ctrl+C.", "error");
  }
}

/** For a menu: what the clipboard holds, at a place. */
export async function pasteAt(at: Point): Promise<void> {
  try {
    put(await navigator.clipboard.readText(), at);
  } catch {
    say("The browser lets only keys paste here: press Ctrl+V.", "error");
  }
}

export function duplicate(): void {
  const fragment = chosen();
  if (!fragment) return;
  settle(fragment, null, "Duplicate");
}

function carry(event: ClipboardEvent, isCut: boolean): void {
  const fragment = isTyping(event.target) || !getSelection()?.isCollapsed ? null : chosen();
  if (!fragment || !event.clipboardData) return;
  event.preventDefault();
  event.clipboardData.setData("text/plain", toText(fragment));
  finish(fragment, isCut);
}

function take(event: ClipboardEvent): void {
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  const text = event.clipboardData?.getData("text/plain") ?? "";
  put(text, text === last && !pointer ? null : (pointer ?? camera().freePlace()));
}

function finish(fragment: Fragment, isCut: boolean): void {
  last = toText(fragment);
  if (isCut) edit(remove(currentDocument(), fragment.nodes.map(({ id }) => id)));
  say(`${isCut ? "Cut" : "Copied"} ${counted(fragment.nodes.length, "node")}.`);
}

function put(text: string, at: Point | null): void {
  const found = fromText(text);
  if (typeof found === "string") return say(found, "error");
  last = text;
  settle(found, at, "Paste");
}

function settle(fragment: Fragment, at: Point | null, label: string): void {
  const { transaction, ids } = paste(currentDocument(), fragment, at, label);
  if (!edit(transaction)) return;
  select(ids);
  say(`${label === "Paste" ? "Pasted" : "Duplicated"} ${counted(ids.length, "node")}.`);
}

function chosen(): Fragment | null {
  const { nodes } = currentSelection();
  return nodes.size ? fragmentOf(currentDocument(), nodes) : null;
}

function notePointer(event: PointerEvent): void {
  const isOnCanvas = (event.target as Element).closest?.(".react-flow__pane, .react-flow__node");
  pointer = isOnCanvas ? camera().toCanvas({ x: event.clientX, y: event.clientY }) : null;
}

/** What others save while nothing is unsaved here: noticed when the window is looked at, and offered. */
import { boot } from "../boot.ts";
import { isSame } from "../model/document.ts";
import { currentDocument } from "../state/document.ts";
import { stored } from "./server.ts";
import { useSaving } from "./store.ts";

const LOOK_MS = 15_000;
let lookedAt = Date.now();
const windows = new BroadcastChannel(`dragops.pattern.${boot.patternId}`);

/** Other windows of this browser say when they have saved. */
export function watchOthers(): void {
  windows.onmessage = ({ data }: MessageEvent<number>) => {
    if (data > useSaving.getState().revision) void compare();
  };
}

export function tellWindows(revision: number): void {
  windows.postMessage(revision);
}

export async function look(): Promise<void> {
  if (Date.now() - lookedAt >= LOOK_MS) await compare();
}

async function compare(): Promise<void> {
  if (!isAtRest()) return;
  lookedAt = Date.now();
  const theirs = await stored().catch(() => null);
  if (theirs && theirs.revision > useSaving.getState().revision && isAtRest()) useSaving.setState({ state: "newer", theirs });
}

function isAtRest(): boolean {
  const { state, saved } = useSaving.getState();
  return (state === "saved" || state === "newer") && isSame(saved, currentDocument());
}

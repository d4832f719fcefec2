/** The sample event: what test runs of this pattern begin with. The server keeps it. */
import { call } from "../api.ts";
import { boot } from "../boot.ts";
import type { Json } from "../model/types.ts";

export interface Sample {
  readonly event: Json;
  readonly source: "saved" | "captured" | "default";
  readonly savedAt: string | null;
}

export interface Captured {
  readonly id: string;
  readonly receivedAt: string;
  readonly event: Json;
}

export interface Tap {
  readonly armedUntil: string | null;
  readonly captured: readonly Captured[];
  readonly webhookUrl: string;
}

const path = `/api/patterns/${boot.patternId}/sample`;
const hook = `/api/webhooks/${boot.patternId}`;
const ASK_KEY = `dragops.run.${boot.patternId}`;

export const readSample = (): Promise<Sample> => call("GET", path);
export const keepSample = (event: Json): Promise<Sample> => call("PUT", path, { body: { event } });
export const readCaptured = (): Promise<readonly Captured[]> => call("GET", `${hook}/captured`);
export const readTap = (): Promise<Tap> => call("GET", `${hook}/tap`);
export const setTap = (armed: boolean, keepalive = false): Promise<Tap> => call("POST", `${hook}/tap`, { body: { armed }, keepalive });

/** Whether Run starts with the sample at once; remembered in this browser. */
export function runsAtOnce(): boolean {
  try {
    return localStorage.getItem(ASK_KEY) === "at once";
  } catch {
    return false;
  }
}

export function setRunsAtOnce(isAtOnce: boolean): void {
  try {
    if (isAtOnce) localStorage.setItem(ASK_KEY, "at once");
    else localStorage.removeItem(ASK_KEY);
  } catch {
    // A browser that keeps nothing asks each time.
  }
}

/** An event in the shape of the trigger, whatever was saved or captured. */
export const readDefault = async (): Promise<Json> => (await call<Sample>("GET", `${path}?source=default`)).event;

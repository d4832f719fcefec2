import { useState } from "react";
import { ask } from "../api.ts";
import { boot } from "../boot.ts";
import type { Json } from "../model/types.ts";
import type { RunInfo } from "../state/run.ts";
import { say } from "../state/view.ts";
import { cutOf, statusWords } from "./format.ts";
import { readRun, reason } from "./runs.ts";
import { type Captured, readCaptured, readDefault } from "./sample.ts";

interface Choice {
  readonly label: string;
  readonly read: () => Promise<Json>;
}

const NONE: readonly Choice[] = [];
const LISTED = 10;

interface Props {
  readonly hasWebhook: boolean;
  readonly onChoose: (event: Json) => void;
}

/** Takes an event from elsewhere: the trigger's own shape, a request that came, an earlier run. */
export function EventChoice({ hasWebhook, onChoose }: Props) {
  const [requests, setRequests] = useState<readonly Choice[] | null>(null);
  const [runs, setRuns] = useState<readonly Choice[] | null>(null);
  const load = () => {
    if (runs) return;
    recentRuns().then(setRuns, () => setRuns(NONE));
    if (hasWebhook) requestsKept().then(setRequests, () => setRequests(NONE));
  };
  const choose = async (choice: Choice | undefined) => {
    try {
      if (choice) onChoose(await choice.read());
    } catch (error) {
      say(`The event could not be read: ${reason(error)}`, "error");
    }
  };
  const all = [...(requests ?? NONE), ...(runs ?? NONE)];
  const isRead = runs !== null && (requests !== null || !hasWebhook);
  return (
    <>
      <button type="button" className="button small" onClick={() => void choose({ label: "", read: readDefault })}>The trigger’s default</button>
      <select aria-label="Take the event of" value="" onFocus={load} onPointerDown={load} onChange={(event) => void choose(all[Number(event.target.value)])}>
        <option value="" disabled>Take the event of …</option>
        {!isRead && <option disabled>Reading …</option>}
        {(requests?.length ?? 0) > 0 && <optgroup label="Captured requests">{requests!.map(({ label }, index) => <option key={label} value={index}>{label}</option>)}</optgroup>}
        {(runs?.length ?? 0) > 0 && <optgroup label="Recent runs">{runs!.map(({ label }, index) => <option key={label} value={(requests?.length ?? 0) + index}>{label}</option>)}</optgroup>}
        {isRead && !all.length && <option disabled>There are no earlier events.</option>}
      </select>
    </>
  );
}

async function requestsKept(): Promise<readonly Choice[]> {
  const kept = await readCaptured();
  return kept.slice(0, LISTED).map((request) => ({ label: `Request of ${new Date(request.receivedAt).toLocaleString()}`, read: () => eventOf(request) }));
}

async function eventOf({ event }: Captured): Promise<Json> {
  if (cutOf(event)) throw new Error("it is too large to be edited here; run it from the webhook’s page.");
  return event;
}

async function recentRuns(): Promise<readonly Choice[]> {
  const { data } = await ask<readonly RunInfo[]>("GET", `/api/runs?patternId=${boot.patternId}&limit=${LISTED}`);
  return data.map((run) => ({
    label: `${statusWords(run.status)} ${run.mode === "test" ? "test " : ""}run of ${new Date(run.createdAt).toLocaleString()}`,
    read: async () => (cutOf(run.eventData) ? (await readRun(run.id)).eventData : run.eventData),
  }));
}

/** The pattern as the server stores it, and what a save of it says. */
import { call } from "../api.ts";
import { boot } from "../boot.ts";
import { type About, type Document, isSameGraph, read, write } from "../model/document.ts";
import { equal } from "../model/equal.ts";
import type { StoredGraph } from "../model/types.ts";
import type { Theirs } from "./store.ts";

interface PatternData extends About {
  readonly revision: number;
  readonly updatedAt: string;
  readonly graphData: StoredGraph;
}

interface Base {
  readonly saved: Document;
  readonly revision: number;
}

const path = `/api/patterns/${boot.patternId}`;

export async function stored(): Promise<Theirs> {
  const { revision, updatedAt, graphData, name, description, tags, isTemplate } = await call<PatternData>("GET", path);
  return { revision, updatedAt, document: read(graphData, { name, description, tags, isTemplate }) };
}

/** The revision that the save made. */
export async function send(document: Document, base: Base): Promise<number> {
  return (await call<PatternData>("PATCH", path, { body: difference(document, base) })).revision;
}

/** A save that outlives the page, where a browser carries as much; whoever calls keeps the edits as well. */
export function sendLast(document: Document, base: Base): void {
  const body = difference(document, base);
  if (new Blob([JSON.stringify(body)]).size > KEEPALIVE_BYTES) return;
  void call("PATCH", path, { body, keepalive: true }).catch(() => {});
}

const KEEPALIVE_BYTES = 60_000;

/** Only what has changed, so that a name that somebody else has given stays. */
function difference(document: Document, { saved, revision }: Base): Record<string, unknown> {
  const about = Object.entries(document.about).filter(([key, value]) => !equal(saved.about[key as keyof About], value));
  return { revision, ...Object.fromEntries(about), ...(isSameGraph(saved, document) ? {} : { graphData: write(document) }) };
}

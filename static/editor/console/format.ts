/** Times, values and statuses in the words of the console. */
import type { Json, Values } from "../model/types.ts";

const SUMMARY_LENGTH = 300;

/** 850 µs, 12.5 ms, 1.25 s, 2 min 5 s. */
export function duration(ms: number | null): string {
  if (ms === null) return "";
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`;
  if (ms < 1_000) return `${Number(ms.toPrecision(3))} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(3))} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** 14:03:07.251, in the time zone of the browser. */
export function clock(timestamp: string): string {
  const at = new Date(timestamp);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** 1:05 of a time that is left. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** `result: 42 · ok: true` in one line. */
export function summary(values: Values): string {
  const text = Object.entries(values).map(([pin, value]) => `${pin}: ${brief(value)}`).join(" · ");
  return text.length > SUMMARY_LENGTH ? `${text.slice(0, SUMMARY_LENGTH)} …` : text;
}

/** dead_letter → Dead letter; a queued run that waits for more than a worker is waiting. */
export function statusWords(status: string, waitsFor?: string | null): string {
  if (status === "queued" && waitsFor && waitsFor !== "worker") return "Waiting";
  const words = status.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface Cut {
  readonly type: string;
  readonly size: number | null;
  readonly start: string;
}

/** What the log has kept of a value that was too large for it. */
export function cutOf(value: Json): Cut | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const told = value.$cut;
  if (told === null || typeof told !== "object" || Array.isArray(told) || Object.keys(value).length !== 1) return null;
  return { type: String(told.type ?? "value"), size: typeof told.size === "number" ? told.size : null, start: String(told.start ?? "") };
}

/** 1.4 MB. */
export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${Number((count / 1_000).toPrecision(3))} kB` : `${Number((count / 1_000_000).toPrecision(3))} MB`;
}

function brief(value: Json): string {
  const cut = cutOf(value);
  if (cut) return `cut, ${cut.size === null ? "too large" : `${bytes(cut.size)} in all`}`;
  const text = JSON.stringify(value);
  return text.length > SUMMARY_LENGTH ? `${text.slice(0, SUMMARY_LENGTH)} …` : text;
}

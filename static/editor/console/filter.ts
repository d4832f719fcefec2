/** Which entries of the log are asked for. */
import type { LogEntry } from "../state/run.ts";
import { summary } from "./format.ts";

export const LEVELS = ["debug", "info", "warning", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface Filter {
  /** This level and those above. */
  readonly level: Level;
  readonly text: string;
}

export function filtered(entries: readonly LogEntry[], { level, text }: Filter): readonly LogEntry[] {
  const least = LEVELS.indexOf(level);
  const sought = text.trim().toLowerCase();
  if (least === 0 && !sought) return entries;
  return entries.filter((entry) => LEVELS.indexOf(entry.level as Level) >= least && (!sought || says(entry, sought)));
}

function says(entry: LogEntry, sought: string): boolean {
  const texts = [entry.nodeName, entry.message, entry.errorType ?? "", summary(entry.output), summary(entry.inputs)];
  return texts.some((text) => text.toLowerCase().includes(sought));
}

/** The entries as lines of text, to be copied. */
export function asText(entries: readonly LogEntry[]): string {
  return entries.map((entry) => [entry.timestamp, entry.level, entry.nodeName, line(entry), entry.durationMs === null ? "" : `${entry.durationMs} ms`].join("\t")).join("\n");
}

/** What an entry says in one line: its message, else its outputs. */
export function line(entry: LogEntry): string {
  const said = entry.errorType ? `${entry.errorType}: ${entry.message}` : entry.message;
  return said || summary(entry.output);
}

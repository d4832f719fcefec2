import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { camera } from "../state/camera.ts";
import { useDocument } from "../state/document.ts";
import { type LogEntry, useIsVoid } from "../state/run.ts";
import { line } from "./filter.ts";
import { clock, duration } from "./format.ts";
import { windowOf } from "./windowed.ts";

export const ROW = 28;

interface Props {
  readonly entries: readonly LogEntry[];
  readonly chosen: number | null;
  readonly isFollowing: boolean;
  readonly empty: ReactNode;
  readonly onChoose: (seq: number | null) => void;
  readonly onFollow: (isFollowing: boolean) => void;
}

/** The log as a list box; of ten thousand entries only those in sight are drawn. */
export function EntryList({ entries, chosen, isFollowing, empty, onChoose, onFollow }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 200 });
  const id = useId();
  useSize(list, (height) => setSeen((before) => ({ ...before, height })));
  useLayoutEffect(() => {
    if (isFollowing && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [entries.length, isFollowing]);
  const { first, last } = windowOf(seen.top, seen.height, ROW, entries.length);
  const at = entries.findIndex(({ seq }) => seq === chosen);
  const go = (to: number) => {
    const entry = entries[Math.max(0, Math.min(entries.length - 1, to))];
    if (!entry || !list.current) return;
    onFollow(false);
    onChoose(entry.seq);
    keepInSight(list.current, entries.indexOf(entry));
  };
  const onKey = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor(seen.height / ROW) - 1);
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? entries.length - 1 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === "Escape" && chosen !== null) onChoose(null);
    else if (event.key === "Enter" && entries[at]) camera().reveal([entries[at].nodeId]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={list}
      className="entry-list"
      role="listbox"
      tabIndex={0}
      aria-label="Log of the run"
      aria-activedescendant={at >= 0 ? `${id}-${chosen}` : undefined}
      onKeyDown={onKey}
      onScroll={(event) => setSeen({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onWheel={(event) => event.deltaY < 0 && onFollow(false)}
    >
      {entries.length === 0 && <p className="panel-empty" role="presentation">{empty}</p>}
      <div className="entry-space" role="presentation" style={{ height: entries.length * ROW }}>
        {entries.slice(first, last).map((entry, index) => (
          <Row key={entry.seq} id={`${id}-${entry.seq}`} entry={entry} place={first + index} count={entries.length} isChosen={entry.seq === chosen} onChoose={() => go(first + index)} />
        ))}
      </div>
    </div>
  );
}

interface RowProps {
  readonly id: string;
  readonly entry: LogEntry;
  readonly place: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Row({ id, entry, place, count, isChosen, onChoose }: RowProps) {
  const isSaid = useDocument(({ document }) => document.nodes.get(entry.nodeId)?.type === "Log");
  const isVoid = useIsVoid(entry);
  const kind = entry.errorType ? "failed" : isSaid ? "said" : "step";
  return (
    <div id={id} className={`entry-row level-${entry.level}`} role="option" aria-selected={isChosen} aria-posinset={place + 1} aria-setsize={count} data-kind={kind} data-void={isVoid} style={{ transform: `translateY(${place * ROW}px)` }} onClick={onChoose}>
      <span className="entry-time">{clock(entry.timestamp)}</span>
      <span className="entry-node" title="Show it on the canvas" onClick={() => camera().reveal([entry.nodeId])}>{entry.nodeName}</span>
      <span className="level-word">{entry.level}</span>
      <span className="entry-text">{line(entry)}</span>
      <span className="entry-duration">{duration(entry.durationMs)}</span>
    </div>
  );
}

function keepInSight(list: HTMLElement, place: number): void {
  const top = place * ROW;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
}

function useSize(element: { readonly current: HTMLElement | null }, tell: (height: number) => void): void {
  const told = useRef(tell);
  told.current = tell;
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => entry && told.current(entry.contentRect.height));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
}

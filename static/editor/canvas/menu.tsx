import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";
import { create } from "zustand";
import type { PinRef, Point } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { currentSelection, select, useDocument } from "../state/document.ts";
import { entriesFor, type Opened } from "./menu-entries.ts";

const useMenu = create<{ readonly opened: Opened | null }>(() => ({ opened: null }));

interface Pointed {
  readonly clientX: number;
  readonly clientY: number;
  readonly target: EventTarget | null;
  preventDefault(): void;
}

/** On a node, or by its pin; what is not selected yet is selected first. */
export function openNodeMenu(event: Pointed, nodeId: string): void {
  const handle = (event.target as Element).closest<HTMLElement>("[data-pin]");
  if (handle) return openMenu(event, { on: "pin", pin: { node: nodeId, pin: handle.dataset.pin!, side: handle.dataset.side as PinRef["side"] } });
  if (!currentSelection().nodes.has(nodeId)) select([nodeId]);
  openMenu(event, { on: "nodes" });
}

export function openMenu(event: Pointed, about: Omit<Opened, "screen" | "at">): void {
  event.preventDefault();
  const screen: Point = { x: event.clientX, y: event.clientY };
  if (about.wire) select([], [about.wire]);
  useMenu.setState({ opened: { ...about, screen, at: camera().toCanvas(screen) } });
}

/** By the menu key, while the canvas itself has the keyboard: on what is selected. */
export function openMenuByKey(event: Pointed): void {
  if (!(event.target as Element).classList.contains("react-flow")) return;
  const { nodes, wires } = currentSelection();
  const [wire] = wires;
  if (nodes.size) openMenu(event, { on: "nodes" });
  else openMenu(event, wire === undefined ? { on: "canvas" } : { on: "wire", wire });
}

/** What to do with a variable, added at a place of its own. */
export function openVariableMenu(variable: string, screen: Point, at: Point): void {
  useMenu.setState({ opened: { on: "variable", variable, screen, at } });
}

export function ContextMenu() {
  const opened = useMenu((state) => state.opened);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  return opened && !isReadOnly ? <Menu key={`${opened.screen.x} ${opened.screen.y}`} opened={opened} /> : null;
}

function Menu({ opened }: { readonly opened: Opened }) {
  const menu = useRef<HTMLDivElement>(null);
  const entries = entriesFor(opened);
  useLayoutEffect(() => {
    const { style, offsetWidth, offsetHeight } = menu.current!;
    style.left = `${Math.max(4, Math.min(opened.screen.x, innerWidth - offsetWidth - 4))}px`;
    style.top = `${Math.max(4, Math.min(opened.screen.y, innerHeight - offsetHeight - 4))}px`;
    menu.current!.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [opened]);
  useEffect(() => {
    const close = (event: PointerEvent) => !menu.current?.contains(event.target as Node) && useMenu.setState({ opened: null });
    document.addEventListener("pointerdown", close, true);
    return () => document.removeEventListener("pointerdown", close, true);
  }, []);
  return (
    <div className="context-menu" ref={menu} role="menu" aria-label="What to do" onKeyDown={onKey} onContextMenu={(event) => event.preventDefault()}>
      {entries.map(({ label, keys, run, begins }) => (
        <button key={label} type="button" role="menuitem" tabIndex={-1} className={begins ? "begins" : undefined} onClick={() => leave(run)}>
          {label} {keys && <kbd>{keys}</kbd>}
        </button>
      ))}
    </div>
  );
}

function leave(run?: () => void): void {
  useMenu.setState({ opened: null });
  camera().focus();
  run?.();
}

function onKey(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items.at(to % items.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") leave();
  else if (event.key.length === 1) items.find((item, index) => index > at && item.textContent?.toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

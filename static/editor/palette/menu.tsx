import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { pasteAt } from "../canvas/clipboard.ts";
import { makeFinder } from "../model/search.ts";
import type { NodeType } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { fitting, insert } from "./insert.ts";
import { closePalette, type Question, usePalette } from "./question.ts";
import { recent } from "./recent.ts";
import { sectionsOf } from "./sections.ts";
import { SYNONYMS } from "./synonyms.ts";

const MOST_FOUND = 60;

/** The search for a node, at the pointer: on a right-click, or where a wire was let go. */
export function PaletteMenu() {
  const question = usePalette((state) => state.question);
  return question && <Search key={`${question.screen.x} ${question.screen.y}`} question={question} />;
}

function Search({ question }: { readonly question: Question }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const types = useMemo(() => fitting(question), [question]);
  const finder = useMemo(() => makeFinder(types, SYNONYMS), [types]);
  const sections = useMemo(() => (text.trim() ? [{ name: "", types: finder.find(text).slice(0, MOST_FOUND) }] : sectionsOf(types, recent())), [finder, types, text]);
  const found = useMemo(() => sections.flatMap((section) => section.types), [sections]);
  const id = useId();
  const menu = useRef<HTMLDivElement>(null);
  useInsideWindow(menu, question);
  useClosing(menu);
  const current = found[Math.min(chosen, found.length - 1)];
  const take = (type: NodeType | undefined) => {
    if (!type) return;
    closePalette();
    insert(type, question);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: found.length - 1, PageDown: chosen + 8, PageUp: chosen - 8 }[event.key];
    if (to !== undefined) setChosen(Math.max(0, Math.min(found.length - 1, to)));
    else if (event.key === "Enter") take(current);
    else if (event.key === "Escape" || event.key === "Tab") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="palette" ref={menu} role="dialog" aria-label={title(question)}>
      <div className="palette-list">
        <input
          className="palette-field"
          role="combobox"
          aria-label="Search for a node"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls={`${id}-list`}
          aria-activedescendant={current && `${id}-${current.id}`}
          autoComplete="off"
          autoFocus
          placeholder={question.from || question.wire ? "Which node fits here?" : "Search for a node"}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div id={`${id}-list`} role="listbox" aria-label="Nodes">
          {sections.map((section) => (
            <div key={section.name} role="group" aria-label={section.name || "Found"}>
              {section.name && <p className="palette-heading" aria-hidden="true">{section.name}</p>}
              {section.types.map((type) => (
                <Option key={type.id} id={`${id}-${type.id}`} type={type} isChosen={type === current} onTake={() => take(type)} onPoint={() => setChosen(found.indexOf(type))} />
              ))}
            </div>
          ))}
        </div>
        {!found.length && <p className="palette-empty" role="status">{text ? `Nothing fits “${text}”.` : "No node fits here."}</p>}
        {!question.from && !question.wire && <button type="button" className="palette-paste" onClick={() => paste(question)}>Paste here <kbd>Ctrl+V</kbd></button>}
      </div>
      {current && <Help type={current} />}
    </div>
  );
}

function title({ from, wire }: Question): string {
  if (wire) return "Insert a node here";
  return from ? "Add a node that fits" : "Add a node";
}

function paste({ at }: Question): void {
  leave();
  void pasteAt(at);
}

interface OptionProps {
  readonly id: string;
  readonly type: NodeType;
  readonly isChosen: boolean;
  readonly onTake: () => void;
  readonly onPoint: () => void;
}

function Option({ id, type, isChosen, onTake, onPoint }: OptionProps) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <div ref={row} id={id} role="option" aria-selected={isChosen} onClick={onTake} onMouseMove={onPoint}>
      <i className={`kind-dot kind-${type.kind}`} /> <span>{type.label}</span> <small>{type.category}</small>
    </div>
  );
}

export function Help({ type }: { readonly type: NodeType }) {
  return (
    <div className="palette-help">
      <h3><i className={`kind-dot kind-${type.kind}`} /> {type.label}</h3>
      <p>{type.description}</p>
      {type.example?.text && <p className="palette-example"><small>Example</small><code>{type.example.text}</code></p>}
    </div>
  );
}

function useInsideWindow(menu: { current: HTMLDivElement | null }, { screen }: Question): void {
  useLayoutEffect(() => {
    const { offsetWidth: width, offsetHeight: height } = menu.current!;
    menu.current!.style.left = `${Math.max(8, Math.min(screen.x, innerWidth - width - 8))}px`;
    menu.current!.style.top = `${Math.max(8, Math.min(screen.y, innerHeight - height - 8))}px`;
  }, [menu, screen]);
}

function useClosing(menu: { current: HTMLDivElement | null }): void {
  useEffect(() => {
    const onPointer = (event: PointerEvent) => {
      if (!menu.current?.contains(event.target as Node)) closePalette();
    };
    document.addEventListener("pointerdown", onPointer, true);
    return () => document.removeEventListener("pointerdown", onPointer, true);
  }, [menu]);
}

function leave(): void {
  closePalette();
  camera().focus();
}

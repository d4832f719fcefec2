import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface Choice {
  readonly key: string;
  /** What is searched, shown and read out. */
  readonly text: string;
  readonly detail?: string;
  readonly mark?: ReactNode;
  readonly take: () => void;
}

interface Props {
  readonly title: string;
  readonly hint: string;
  readonly choices: readonly Choice[];
  readonly onBack: () => void;
}

/** A list that is searched by typing and taken from by Enter; Escape goes back. */
export function Choices({ title, hint, choices, onBack }: Props) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const found = choices.filter((choice) => matches(choice, text));
  const current = found[Math.min(at, found.length - 1)];
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: found.length - 1, PageDown: at + 8, PageUp: at - 8 }[event.key];
    if (to !== undefined) setAt(Math.max(0, Math.min(found.length - 1, to)));
    else if (event.key === "Enter") current?.take();
    else if (event.key === "Escape" || event.key === "Tab") onBack();
    else return;
    event.preventDefault();
  };
  return (
    <div className="palette-list">
      <p className="palette-heading" id={`${id}-title`}>{title}</p>
      <input
        className="palette-field"
        role="combobox"
        aria-label={title}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={current && `${id}-${current.key}`}
        autoComplete="off"
        autoFocus
        placeholder={hint}
        value={text}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-list`} role="listbox" aria-labelledby={`${id}-title`}>
        {found.map((choice, index) => <Row key={choice.key} id={`${id}-${choice.key}`} choice={choice} isCurrent={choice === current} onPoint={() => setAt(index)} />)}
      </ul>
      {!found.length && <p className="palette-empty">{text ? `Nothing is called “${text}”.` : "There is nothing to choose."}</p>}
    </div>
  );
}

function Row({ id, choice, isCurrent, onPoint }: { readonly id: string; readonly choice: Choice; readonly isCurrent: boolean; readonly onPoint: () => void }) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={row} id={id} role="option" aria-selected={isCurrent} onClick={choice.take} onMouseMove={onPoint}>
      {choice.mark} <span>{choice.text}</span> {choice.detail && <small>{choice.detail}</small>}
    </li>
  );
}

/** Every word that was typed begins one of the choice's. */
function matches({ text, detail = "" }: Choice, typed: string): boolean {
  const words = `${text} ${detail}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return typed.toLowerCase().split(/\s+/).every((part) => words.some((word) => word.startsWith(part)));
}

import { useState } from "react";
import type { Json, Values } from "../model/types.ts";
import { bytes, cutOf } from "./format.ts";

const CHUNK = 100;
const OPEN_DEPTH = 2;
const OPEN_CHILDREN = 20;
const LONG_TEXT = 200;

interface Props {
  readonly value: Json;
  readonly name?: string;
  readonly depth?: number;
}

/** The values of pins, each as a tree that folds; large ones are drawn piece by piece as they are opened. */
export function ValuesTree({ values }: { readonly values: Values }) {
  const pins = Object.entries(values);
  if (!pins.length) return <p className="json muted">none</p>;
  return <div className="json">{pins.map(([pin, value]) => <JsonTree key={pin} name={pin} value={value} depth={1} />)}</div>;
}

export function JsonTree({ value, name, depth = 0 }: Props) {
  const cut = cutOf(value);
  if (cut) return <div className="json-leaf"><Key name={name} /> <span className="json-cut">cut: {cut.type}{cut.size !== null && `, ${bytes(cut.size)} in all`}</span> <span className="json-string">{cut.start}</span></div>;
  if (value !== null && typeof value === "object") return <Branch value={value} name={name} depth={depth} />;
  if (typeof value === "string" && value.length > LONG_TEXT) return <LongText text={value} name={name} />;
  return <div className="json-leaf"><Key name={name} /> <Leaf value={value} /></div>;
}

function Branch({ value, name, depth }: { readonly value: Json[] | { [key: string]: Json }; readonly name: string | undefined; readonly depth: number }) {
  const children = Object.entries(value);
  const [isOpen, setOpen] = useState(depth < OPEN_DEPTH && children.length <= OPEN_CHILDREN);
  const [shown, setShown] = useState(CHUNK);
  const [left, right] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (!children.length) return <div className="json-leaf"><Key name={name} /> <span className="json-size">{left}{right}</span></div>;
  return (
    <details className="json-branch" open={isOpen} onToggle={(event) => event.target === event.currentTarget && setOpen(event.currentTarget.open)}>
      <summary><Key name={name} /> <span className="json-size">{left}{children.length}{right}</span> {!isOpen && <span className="json-keys muted">{glimpse(value)}</span>}</summary>
      {isOpen && (
        <div className="json-children">
          {children.slice(0, shown).map(([key, child]) => <JsonTree key={key} name={key} value={child} depth={depth + 1} />)}
          {children.length > shown && <button type="button" className="link json-next" onClick={() => setShown(shown + CHUNK)}>Show {Math.min(CHUNK, children.length - shown)} more of {children.length - shown}</button>}
        </div>
      )}
    </details>
  );
}

function LongText({ text, name }: { readonly text: string; readonly name: string | undefined }) {
  const [isWhole, setWhole] = useState(false);
  return (
    <div className="json-leaf json-long">
      <Key name={name} /> {isWhole ? <pre className="json-text" tabIndex={0}>{text}</pre> : <span className="json-string">“{text.slice(0, LONG_TEXT)} …</span>}{" "}
      <button type="button" className="link" onClick={() => setWhole(!isWhole)}>{isWhole ? "Less" : `All ${text.length} characters`}</button>
    </div>
  );
}

function Leaf({ value }: { readonly value: Exclude<Json, object> | null }) {
  if (typeof value === "string") return <span className="json-string">“{value}”</span>;
  return <span className={`json-${value === null ? "null" : typeof value}`}>{String(value)}</span>;
}

function Key({ name }: { readonly name: string | undefined }) {
  return name === undefined ? null : <span className="json-key">{name}</span>;
}

/** The beginning of what a closed branch holds. */
function glimpse(value: Json[] | { [key: string]: Json }): string {
  if (!Array.isArray(value)) return Object.keys(value).slice(0, 6).join(", ");
  return value.slice(0, 6).map((item) => (item !== null && typeof item === "object" ? "…" : String(item).slice(0, 20))).join(", ");
}

/** The plain controls: text, number, switch, choice. Each tells every keystroke; the command merges them. */
import { useLayoutEffect, useRef } from "react";
import type { Json } from "../model/types.ts";

export interface ControlProps {
  readonly id: string;
  readonly value: Json | undefined;
  readonly isReadOnly: boolean;
  readonly placeholder?: string | undefined;
  readonly describedBy?: string | undefined;
  readonly onChange: (value: Json | undefined) => void;
}

/** One line that grows with what is typed. */
export function TextControl({ id, value, isReadOnly, placeholder, describedBy, onChange }: ControlProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
  useLayoutEffect(() => {
    const { current } = field;
    if (!current) return;
    current.style.height = "auto";
    current.style.height = `${Math.min(current.scrollHeight + 2, 320)}px`;
  }, [text]);
  return (
    <textarea ref={field} id={id} rows={1} className={text.includes("{{") ? "grows has-expression" : "grows"} value={text} readOnly={isReadOnly} placeholder={placeholder} aria-describedby={describedBy} spellCheck={false} onChange={(event) => onChange(event.target.value)} />
  );
}

export function SwitchControl({ id, value, isReadOnly, describedBy, onChange }: ControlProps) {
  return <input id={id} type="checkbox" role="switch" className="switch" checked={value === true} disabled={isReadOnly} aria-describedby={describedBy} onChange={(event) => onChange(event.target.checked)} />;
}

export function ChoiceControl({ id, value, isReadOnly, describedBy, choices, onChange }: ControlProps & { readonly choices: readonly string[] }) {
  const chosen = String(value ?? "");
  const all = choices.includes(chosen) ? choices : [chosen, ...choices];
  return (
    <select id={id} value={chosen} disabled={isReadOnly} aria-describedby={describedBy} onChange={(event) => onChange(event.target.value)}>
      {all.map((choice) => <option key={choice} value={choice}>{choice ? words(choice) : "Automatic"}</option>)}
    </select>
  );
}

/** lastNode → Last node; what people write themselves (GET, SHA-256, url-safe) stays. */
function words(choice: string): string {
  if (!/^[a-z]+([A-Z][a-z]+)*$/.test(choice)) return choice;
  const spaced = choice.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced[0]!.toUpperCase() + spaced.slice(1);
}

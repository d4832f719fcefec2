import { Icon } from "../icon.tsx";
import type { Json } from "../model/types.ts";
import type { ControlProps } from "./controls.tsx";
import { moved, RowButtons } from "./rows.tsx";

/** What Switch compares with, in order: texts or numbers. */
export function CasesControl({ value, isReadOnly, onChange }: ControlProps) {
  const cases = Array.isArray(value) ? value : [0, 1, 2];
  const put = (index: number, text: string) => onChange(cases.map((old, at) => (at === index ? parsed(text) : old)));
  return (
    <div className="rows">
      {cases.map((one, index) => (
        <div className="row" key={index}>
          <span className="row-name">{index}</span>
          <input aria-label={`Value of case ${index}`} value={typeof one === "string" ? quoted(one) : String(one)} readOnly={isReadOnly} onChange={(event) => put(index, event.target.value)} />
          <RowButtons what={`case ${index}`} isReadOnly={isReadOnly} isFirst={index === 0} onUp={() => onChange(moved(cases, index))} onRemove={() => onChange(cases.filter((_, at) => at !== index))} />
        </div>
      ))}
      {!isReadOnly && <button type="button" className="button small" onClick={() => onChange([...cases, nextCase(cases)])}><Icon name="plus" size={13} /> Add a case</button>}
      <p className="hint">Numbers match numbers; write "12" in quotes for the text.</p>
    </div>
  );
}

function parsed(text: string): Json {
  if (/^".*"$/.test(text)) return text.slice(1, -1);
  return text.trim() !== "" && Number.isFinite(Number(text)) && String(Number(text)) === text.trim() ? Number(text) : text;
}

/** A text that looks like a number stands in quotes. */
function quoted(text: string): string {
  return text !== "" && typeof parsed(text) === "number" ? `"${text}"` : text;
}

function nextCase(cases: readonly Json[]): Json {
  const numbers = cases.filter((one): one is number => typeof one === "number");
  return cases.length === numbers.length ? Math.max(-1, ...numbers) + 1 : "";
}

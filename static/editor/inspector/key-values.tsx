import { Icon } from "../icon.tsx";
import { typedText } from "../model/typed.ts";
import type { Json } from "../model/types.ts";
import type { ControlProps } from "./controls.tsx";
import { RowButtons } from "./rows.tsx";
import { JsonControl, type Shape } from "./value-control.tsx";

/** Rows of name and value, such as headers. What is more than that is edited as JSON. */
export function KeyValuesControl({ shape, value, isReadOnly, onChange, ...rest }: ControlProps & { readonly shape: Shape }) {
  const rows = rowsOf(value);
  if (!rows) return <JsonControl shape={shape} value={value} isReadOnly={isReadOnly} onChange={onChange} {...rest} />;
  const put = (next: readonly (readonly [string, Json])[]) => onChange(Object.fromEntries(next));
  return (
    <div className="rows">
      {rows.map(([name, held], index) => (
        <div className="row" key={index}>
          <input aria-label={`Name ${index + 1}`} placeholder="Name" value={name} readOnly={isReadOnly} onChange={(event) => rename(event.target.value, index)} />
          <input aria-label={`Value of ${name}`} placeholder="Value" value={typedText(held)} readOnly={isReadOnly} onChange={(event) => put(rows.map((row, at) => (at === index ? [row[0], event.target.value] : row)))} />
          <RowButtons what={name || `row ${index + 1}`} isReadOnly={isReadOnly} isFirst onUp={() => {}} onRemove={() => put(rows.filter((_, at) => at !== index))} />
        </div>
      ))}
      {!isReadOnly && <button type="button" className="button small" disabled={rows.some(([name]) => !name)} onClick={() => put([...rows, ["", ""]])}><Icon name="plus" size={13} /> Add</button>}
    </div>
  );

  /** Two rows of one name would be one: a name that is taken is not. */
  function rename(name: string, index: number): void {
    if (rows!.some(([taken], at) => taken === name && at !== index)) return;
    put(rows!.map((row, at) => (at === index ? [name, row[1]] : row)));
  }
}

function rowsOf(value: Json | undefined): [string, Json][] | null {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) return null;
  const rows = Object.entries(value);
  return rows.every(([, held]) => held === null || typeof held !== "object") ? rows : null;
}

import { Icon } from "../icon.tsx";
import type { Json } from "../model/types.ts";
import { useCatalog } from "../state/catalog.ts";
import type { ControlProps } from "./controls.tsx";
import { moved, RowButtons } from "./rows.tsx";

type Declared = { [key: string]: Json };

/** Pins that people declare: name, type, whether they must be given. */
export function PinsControl({ value, isReadOnly, onChange }: ControlProps) {
  const types = useCatalog((state) => state.catalog.library.declarableTypes);
  const pins = (Array.isArray(value) ? value : []).map(declared);
  const put = (index: number, fields: Declared) => onChange(pins.map((pin, at) => (at === index ? { ...pin, ...fields } : pin)));
  return (
    <div className="rows">
      {pins.map((pin, index) => (
        <div className="row" key={index}>
          <input aria-label={`Name of pin ${index + 1}`} placeholder="Name" value={String(pin.name ?? "")} readOnly={isReadOnly} onChange={(event) => put(index, { name: event.target.value })} />
          <select aria-label={`Type of pin ${index + 1}`} value={String(pin.type ?? "Any")} disabled={isReadOnly} onChange={(event) => put(index, { type: event.target.value })}>
            {types.map((type) => <option key={type}>{type}</option>)}
          </select>
          <label className="row-check" title="Whoever calls must give it"><input type="checkbox" checked={pin.required === true} disabled={isReadOnly} onChange={(event) => put(index, { required: event.target.checked })} /> required</label>
          <RowButtons what={`pin ${index + 1}`} isReadOnly={isReadOnly} isFirst={index === 0} onUp={() => onChange(moved(pins, index))} onRemove={() => onChange(pins.filter((_, at) => at !== index))} />
        </div>
      ))}
      {!isReadOnly && <button type="button" className="button small" onClick={() => onChange([...pins, { name: freeName(pins), type: "Any", required: false }])}><Icon name="plus" size={13} /> Add a pin</button>}
    </div>
  );
}

function declared(item: Json): Declared {
  if (typeof item === "string") return { name: item, type: "Any" };
  return item !== null && typeof item === "object" && !Array.isArray(item) ? item : { name: "" };
}

function freeName(pins: readonly Declared[]): string {
  const taken = new Set(pins.map((pin) => pin.name));
  for (let count = pins.length + 1; ; count++) if (!taken.has(`Value ${count}`)) return `Value ${count}`;
}

import type { Json, Pin } from "../model/types.ts";
import { useAsked } from "./asked.ts";
import type { ControlProps } from "./controls.tsx";

interface Callable {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly versionNumber: number | null;
  readonly inputs: readonly Pin[];
  readonly outputs: readonly Pin[];
}

/** The pattern that is called, with the pins that it offers. */
export function PatternControl({ id, value, isReadOnly, describedBy, onChange }: ControlProps) {
  const { data, error } = useAsked<readonly Callable[]>("/api/callable", 0);
  const chosen = String(value ?? "");
  const target = data?.find((one) => one.id === chosen);
  return (
    <div className="rows">
      <select id={id} value={chosen} disabled={isReadOnly} aria-describedby={describedBy} onChange={(event) => onChange(event.target.value)}>
        <option value="">Choose a pattern …</option>
        {chosen && !target && <option value={chosen}>{data ? "A pattern that cannot be called" : "Loading …"}</option>}
        {data?.map((one) => <option key={one.id} value={one.id}>{one.name}{one.status === "active" ? "" : ` (${one.status})`}</option>)}
      </select>
      {error && <p className="hint bad-text" role="status">{error}</p>}
      {data && !data.length && <p className="hint">No pattern starts with On Pattern Call yet. Make one, deploy it, and it can be called here.</p>}
      {target && <Interface target={target} />}
    </div>
  );
}

function Interface({ target }: { readonly target: Callable }) {
  return (
    <div className="hint">
      <p>{target.versionNumber ? `Version ${target.versionNumber} is called.` : "It is not deployed: a call fails until it is."} <a href={`/patterns/${target.id}`}>Open it</a></p>
      <p>Takes {listed(target.inputs)}; gives {listed(target.outputs)}.</p>
    </div>
  );
}

/** Several patterns; all where none is chosen. */
export function PatternsControl({ value, isReadOnly, onChange }: ControlProps) {
  const { data, error } = useAsked<readonly { id: string; name: string }[]>("/api/patterns?limit=100&sortBy=name", 0);
  const chosen = new Set<Json>(Array.isArray(value) ? value : []);
  const turn = (id: string, isOn: boolean) => onChange(isOn ? [...chosen, id] : [...chosen].filter((one) => one !== id));
  return (
    <div className="rows">
      <p className="hint">{chosen.size ? "" : "All patterns, until some are chosen."}</p>
      <div className="check-list">
        {data?.map(({ id, name }) => <label key={id}><input type="checkbox" checked={chosen.has(id)} disabled={isReadOnly} onChange={(event) => turn(id, event.target.checked)} /> {name}</label>)}
      </div>
      {error && <p className="hint bad-text" role="status">{error}</p>}
    </div>
  );
}

function listed(pins: readonly Pin[]): string {
  return pins.length ? pins.map((pin) => `${pin.label}: ${pin.type}`).join(", ") : "nothing";
}

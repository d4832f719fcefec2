import { useId } from "react";
import type { ControlProps } from "./controls.tsx";

const ZONES = ["UTC", ...Intl.supportedValuesOf("timeZone")];

/** A time zone by its name, with those that there are. */
export function ZoneControl({ id, value, isReadOnly, describedBy, onChange }: ControlProps) {
  const list = useId();
  return (
    <>
      <input id={id} list={list} value={String(value ?? "")} readOnly={isReadOnly} aria-describedby={describedBy} placeholder="UTC" autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      <datalist id={list}>{ZONES.map((zone) => <option key={zone} value={zone} />)}</datalist>
    </>
  );
}

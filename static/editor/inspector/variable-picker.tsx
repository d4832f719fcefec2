import { useId } from "react";
import { useDocument } from "../state/document.ts";
import type { ControlProps } from "./controls.tsx";

/** The name of a variable, with those that the pattern has. */
export function VariableControl({ id, value, isReadOnly, describedBy, onChange }: ControlProps) {
  const variables = useDocument(({ document }) => document.variables);
  const list = useId();
  return (
    <>
      <input id={id} list={list} value={String(value ?? "")} readOnly={isReadOnly} aria-describedby={describedBy} placeholder="Name of a variable" autoComplete="off" onChange={(event) => onChange(event.target.value)} />
      <datalist id={list}>{variables.map(({ name, type }) => <option key={name} value={name}>{type}</option>)}</datalist>
    </>
  );
}

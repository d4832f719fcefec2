import { useEffect, useId, useState } from "react";
import { call } from "../api.ts";
import type { ControlProps } from "./controls.tsx";

interface Environment {
  readonly id: string;
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly { readonly name: string }[];
}

type Kind = "variables" | "secrets";
const MOST = 20;

/** The name of a variable or a secret of an environment, with those that there are and where. */
export function EnvironmentNameControl({ id, value, isReadOnly, describedBy, onChange, kind }: ControlProps & { readonly kind: Kind }) {
  const list = useId();
  const environments = useEnvironments();
  const name = String(value ?? "");
  const within = environments?.filter((one) => namesOf(one, kind).includes(name)).map((one) => one.name) ?? [];
  return (
    <div className="rows">
      <input id={id} list={list} value={name} readOnly={isReadOnly} aria-describedby={describedBy} autoComplete="off" placeholder={kind === "secrets" ? "Name of a secret" : "Name of a variable"} onChange={(event) => onChange(event.target.value)} />
      <datalist id={list}>{[...new Set(environments?.flatMap((one) => namesOf(one, kind)))].map((one) => <option key={one} value={one} />)}</datalist>
      {environments && name && !name.includes("{{") && <p className="hint">{within.length ? `In ${within.join(", ")}.` : "No environment has it yet."} <a href="/environments">Environments</a></p>}
    </div>
  );
}

function namesOf({ variables, secrets }: Environment, kind: Kind): string[] {
  return kind === "variables" ? Object.keys(variables) : secrets.map(({ name }) => name);
}

/** All environments with their names; null until they are told, or where they cannot be. */
function useEnvironments(): readonly Environment[] | null {
  const [found, setFound] = useState<readonly Environment[] | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    call<readonly { readonly id: string }[]>("GET", `/api/environments?limit=${MOST}`, { signal })
      .then((rows) => Promise.all(rows.map(({ id }) => call<Environment>("GET", `/api/environments/${id}`, { signal }))))
      .then(setFound, () => {});
    return () => abort.abort();
  }, []);
  return found;
}

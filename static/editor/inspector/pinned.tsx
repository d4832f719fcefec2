import { useState } from "react";
import { parseJson } from "../model/typed.ts";
import type { Json, Values } from "../model/types.ts";
import { CodeField } from "./code-field.tsx";
import { useTypedText } from "./typed-text.ts";

interface Props {
  readonly pinned: Values;
  readonly isReadOnly: boolean;
  readonly onChange: (values: Values | null) => void;
}

/** The outputs that test runs use instead of running the node. */
export function PinnedData({ pinned, isReadOnly, onChange }: Props) {
  const [fault, setFault] = useState("");
  const [text, change] = useTypedText(pinned as Json, parseJson, put);
  function put(values: Json | undefined): void {
    const isObject = values !== null && typeof values === "object" && !Array.isArray(values);
    setFault(isObject ? "" : "Not kept: this is no JSON object of outputs.");
    if (isObject) onChange(values as Values);
  }
  return (
    <section aria-label="Pinned data">
      <div className="section-head"><h3>Pinned data</h3>{!isReadOnly && <button type="button" className="button small" onClick={() => onChange(null)}>Unpin</button>}</div>
      <p className="hint">Test runs use these outputs instead of running the node. Live runs do not.</p>
      <CodeField label="Pinned outputs" text={text} language="json" isReadOnly={isReadOnly} onChange={change} />
      {fault && <p className="field-problem error" role="status">{fault}</p>}
    </section>
  );
}

import { useState } from "react";
import { setDefault } from "../model/commands.ts";
import { hasExpression } from "../model/typed.ts";
import type { GraphNode, Json, Pin, Problem, Wire } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { TextControl } from "./controls.tsx";
import { Field } from "./field.tsx";
import { Preview } from "./preview.tsx";
import { ValueControl } from "./value-control.tsx";

interface Props {
  readonly node: GraphNode;
  readonly pin: Pin;
  readonly problems: readonly Problem[];
  readonly isReadOnly: boolean;
}

/** What is typed for an input; greyed, with its source, where a wire brings the value. */
export function PinField({ node, pin, problems, isReadOnly }: Props) {
  const wire = useDocument(({ document }) => document.wires.find((w) => w.target === node.id && w.targetHandle === pin.name));
  const typed = node.data.defaults[pin.name];
  const put = (value: Json | undefined) => edit(setDefault(currentDocument(), node.id, pin.name, value === "" && pin.type !== "String" ? undefined : value));
  if (wire) return <WiredField pin={pin} wire={wire} problems={problems} />;
  return (
    <Field label={pin.label} isRequired={pin.required && typed === undefined} type={pin.type} problems={problems} onReset={typed !== undefined && !isReadOnly ? () => put(undefined) : undefined}>
      {(id, describedBy) => <Typed id={id} describedBy={describedBy} node={node} pin={pin} value={typed} isReadOnly={isReadOnly} onChange={put} />}
    </Field>
  );
}

interface TypedProps {
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly node: GraphNode;
  readonly pin: Pin;
  readonly value: Json | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (value: Json | undefined) => void;
}

function Typed({ node, pin, value, ...props }: TypedProps) {
  const [isExpression, setExpression] = useState(hasExpression(value));
  const takesText = pin.type === "String" || pin.type === "Any";
  const canSwitch = pin.takes === "template" && !takesText && !props.isReadOnly;
  const asText = pin.takes === "formula" || (isExpression && !takesText);
  const shape = { ...pin, editor: pin.editor ?? "" };
  const placeholder = pin.default === null || pin.default === "" ? undefined : typeof pin.default === "string" ? pin.default : JSON.stringify(pin.default);
  const shown = value ?? (pin.type === "Boolean" || pin.choices.length ? pin.default : undefined);
  return (
    <>
      <div className="with-fx">
        {asText ? <TextControl {...props} value={value} placeholder={pin.takes === "formula" ? "item.price > 10" : "{{ trigger.body.name }}"} /> : <ValueControl {...props} shape={shape} value={shown} placeholder={placeholder} />}
        {canSwitch && <button type="button" className="button quiet icon-only small fx" aria-pressed={isExpression} aria-label={`Write ${pin.label} as an expression`} title="Write as an expression" onClick={() => setExpression(!isExpression)}>fx</button>}
      </div>
      {!props.isReadOnly && (hasExpression(value) || (pin.takes === "formula" && value)) && <Preview nodeId={node.id} pin={pin.name} text={value as string} />}
    </>
  );
}

function WiredField({ pin, wire, problems }: { readonly pin: Pin; readonly wire: Wire; readonly problems: readonly Problem[] }) {
  const source = useDocument(({ document }) => document.nodes.get(wire.source)?.data.label ?? "a node");
  return (
    <Field label={pin.label} type={pin.type} problems={problems}>
      {(id) => (
        <div className="wired" id={id}>
          From <button type="button" className="link" onClick={() => camera().reveal([wire.source])}>{source}</button> · {wire.sourceHandle}
        </div>
      )}
    </Field>
  );
}

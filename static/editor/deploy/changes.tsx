import { counted } from "../model/commands.ts";
import type { Json } from "../model/types.ts";
import { camera } from "../state/camera.ts";

export interface NodeName {
  readonly id: string;
  readonly type: string;
  readonly label: string;
}

export interface FieldChange {
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
}

export interface WireName {
  readonly id: string;
  readonly source: string;
  readonly sourceLabel: string;
  readonly sourcePin: string;
  readonly target: string;
  readonly targetLabel: string;
  readonly targetPin: string;
}

interface NamedChange {
  readonly name: string;
  readonly fields?: readonly FieldChange[];
}

/** How two graphs differ in what they do; where things stand on the canvas does not count. */
export interface GraphChanges {
  readonly isSame: boolean;
  readonly nodes: { readonly added: readonly NodeName[]; readonly removed: readonly NodeName[]; readonly changed: readonly (NodeName & { readonly fields: readonly FieldChange[] })[] };
  readonly wires: { readonly added: readonly WireName[]; readonly removed: readonly WireName[] };
  readonly variables: { readonly added: readonly NamedChange[]; readonly removed: readonly NamedChange[]; readonly changed: readonly NamedChange[] };
}

export function Changes({ changes, from, to }: { readonly changes: GraphChanges; readonly from: string; readonly to: string }) {
  const { nodes, wires, variables } = changes;
  if (changes.isSame) return <p className="muted">They do the same: only the layout differs, if anything.</p>;
  return (
    <div className="changes">
      <p className="muted">{summary(changes)}, from {from} to {to}.</p>
      <ul>
        {nodes.added.map((node) => <NodeLine key={node.id} sign="+" node={node} />)}
        {nodes.removed.map((node) => <NodeLine key={node.id} sign="−" node={node} />)}
        {nodes.changed.map((node) => (
          <li key={node.id} className="changed">
            <NodeLine sign="~" node={node} />
            {node.fields.map((field) => <Field key={field.name} field={field} />)}
          </li>
        ))}
        {wires.added.map((wire) => <WireLine key={wire.id} sign="+" wire={wire} />)}
        {wires.removed.map((wire) => <WireLine key={wire.id} sign="−" wire={wire} />)}
        {variables.added.map(({ name }) => <li key={name} data-sign="+">Variable {name}</li>)}
        {variables.removed.map(({ name }) => <li key={name} data-sign="−">Variable {name}</li>)}
        {variables.changed.map(({ name, fields }) => (
          <li key={name} data-sign="~">Variable {name}{fields?.map((field) => <Field key={field.name} field={field} />)}</li>
        ))}
      </ul>
    </div>
  );
}

/** “2 nodes added, 1 changed, 3 wires removed”. */
export function summary({ nodes, wires, variables }: GraphChanges): string {
  const parts = [
    nodes.added.length && `${counted(nodes.added.length, "node")} added`,
    nodes.removed.length && `${counted(nodes.removed.length, "node")} removed`,
    nodes.changed.length && `${counted(nodes.changed.length, "node")} changed`,
    wires.added.length && `${counted(wires.added.length, "wire")} added`,
    wires.removed.length && `${counted(wires.removed.length, "wire")} removed`,
    variables.added.length + variables.removed.length + variables.changed.length && "variables changed",
  ].filter(Boolean);
  return parts.length ? parts.join(", ") : "No change";
}

function NodeLine({ sign, node }: { readonly sign: string; readonly node: NodeName }) {
  const line = <button type="button" className="link" onClick={() => camera().reveal([node.id])}>{node.label}</button>;
  const text = <>{line} <small>{node.type}</small></>;
  return sign === "~" ? <div data-sign="~">{text}</div> : <li data-sign={sign}>{text}</li>;
}

function WireLine({ sign, wire }: { readonly sign: string; readonly wire: WireName }) {
  return <li data-sign={sign}>Wire {wire.sourceLabel} · {wire.sourcePin} → {wire.targetLabel} · {wire.targetPin}</li>;
}

function Field({ field }: { readonly field: FieldChange }) {
  return (
    <p className="field-change">
      <span>{field.name}</span> <del>{text(field.before)}</del> <ins>{text(field.after)}</ins>
    </p>
  );
}

function text(value: Json): string {
  if (value === null || value === undefined) return "nothing";
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return shown.length > 300 ? `${shown.slice(0, 300)} …` : shown || "empty";
}

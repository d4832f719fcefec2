import { Icon } from "../icon.tsx";
import { renameNode, setNotes, setPinned, setProperty } from "../model/commands.ts";
import type { GraphNode, Json, Pin, Problem, Property } from "../model/types.ts";
import { useCatalog, usePins } from "../state/catalog.ts";
import { useNodeProblems } from "../state/checks.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { TextControl } from "./controls.tsx";
import { Field } from "./field.tsx";
import { PinField } from "./pin-field.tsx";
import { PinnedData } from "./pinned.tsx";
import { ValueControl } from "./value-control.tsx";

export function NodeView({ node }: { readonly node: GraphNode }) {
  const type = useCatalog((state) => state.catalog.types.get(node.type));
  const isReadOnly = useDocument((state) => state.isReadOnly);
  const pins = usePins(node);
  const problems = useNodeProblems(node.id);
  const at = (name: string) => problems.filter((problem) => problem.pin === name);
  const known = new Set([...pins.inputs, ...pins.outputs, ...(type?.properties ?? [])].map(({ name }) => name));
  const inputs = pins.inputs.filter((pin) => pin.type !== "Exec");
  return (
    <>
      <header className={`inspector-head kind-${type?.kind ?? "unknown"}`}>
        <p className="inspector-kind"><i className={`kind-dot kind-${type?.kind ?? "unknown"}`} /> {type ? `${type.label} · ${type.category}` : `There is no node type “${node.type}”`}</p>
        <Field label="Name">
          {(id) => <input id={id} value={node.data.label} maxLength={200} readOnly={isReadOnly} onChange={(event) => edit(renameNode(currentDocument(), node.id, event.target.value))} />}
        </Field>
        {type && <details className="inspector-help"><summary>What it does</summary><p>{type.description}</p>{type.example?.text && <code>{type.example.text}</code>}</details>}
      </header>
      <Problems problems={problems.filter((problem) => !problem.pin || !known.has(problem.pin))} />
      {inputs.length > 0 && (
        <section aria-label="Inputs"><h3>Inputs</h3>{inputs.map((pin) => <PinField key={`${node.id} ${pin.name}`} node={node} pin={pin} problems={at(pin.name)} isReadOnly={isReadOnly} />)}</section>
      )}
      {type && type.properties.length > 0 && (
        <section aria-label="Properties"><h3>Properties</h3>{type.properties.map((property) => <PropertyField key={property.name} node={node} property={property} problems={at(property.name)} isReadOnly={isReadOnly} />)}</section>
      )}
      <Outputs pins={pins.outputs.filter((pin) => pin.type !== "Exec")} problems={problems} />
      {node.data.pinned && <PinnedData pinned={node.data.pinned} isReadOnly={isReadOnly} onChange={(values) => edit(setPinned(currentDocument(), new Map([[node.id, values]])))} />}
      <section>
        <Field label="Notes">{(id) => <TextControl id={id} value={node.data.notes ?? ""} isReadOnly={isReadOnly} placeholder="For whoever comes next" onChange={(text) => edit(setNotes(currentDocument(), node.id, String(text)))} />}</Field>
      </section>
    </>
  );
}

interface PropertyProps {
  readonly node: GraphNode;
  readonly property: Property;
  readonly problems: readonly Problem[];
  readonly isReadOnly: boolean;
}

function PropertyField({ node, property, problems, isReadOnly }: PropertyProps) {
  const given = node.data.properties[property.name] ?? node.data.defaults[property.name];
  const put = (value: Json | undefined) => edit(setProperty(currentDocument(), node.id, property.name, value));
  const isChanged = given !== undefined && JSON.stringify(given) !== JSON.stringify(property.default);
  return (
    <Field label={property.label} problems={problems} onReset={isChanged && !isReadOnly ? () => put(undefined) : undefined}>
      {(id, describedBy) => <ValueControl key={node.id} id={id} describedBy={describedBy} shape={property} value={given ?? property.default} isReadOnly={isReadOnly} onChange={put} />}
    </Field>
  );
}

function Outputs({ pins, problems }: { readonly pins: readonly Pin[]; readonly problems: readonly Problem[] }) {
  if (!pins.length) return null;
  return (
    <section aria-label="Outputs">
      <h3>Outputs</h3>
      <ul className="output-list">
        {pins.map((pin) => <li key={pin.name}><span>{pin.label}</span> <span className={`type-name pin-${pin.type}`}>{pin.type}</span>{problems.filter((p) => p.pin === pin.name && p.edgeId).map((p) => <small key={p.message} className="bad-text">{p.message}</small>)}</li>)}
      </ul>
    </section>
  );
}

export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  return problems.map((problem) => (
    <p key={problem.message} className={`note ${problem.severity}`} role="status"><Icon name="alert" /> <span>{problem.message}</span></p>
  ));
}

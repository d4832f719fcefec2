import { useState } from "react";
import { Icon } from "../icon.tsx";
import { setAbout, setVariables } from "../model/commands.ts";
import { pinsOf } from "../model/library.ts";
import type { GraphNode, PinType, Variable } from "../model/types.ts";
import { renameVariable, usesOf } from "../model/variables.ts";
import { currentCatalog, currentResolved, useCatalog } from "../state/catalog.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { TextControl } from "./controls.tsx";
import { Field } from "./field.tsx";
import { ValueControl } from "./value-control.tsx";

/** With nothing selected: the pattern itself, and its variables. */
export function PatternView() {
  const { document, isReadOnly } = useDocument();
  const { about } = document;
  return (
    <>
      <header className="inspector-head">
        <h2>Pattern</h2>
        <Field label="Name">{(id) => <input id={id} value={about.name} maxLength={200} readOnly={isReadOnly} onChange={(event) => edit(setAbout(currentDocument(), { name: event.target.value }))} />}</Field>
        <Field label="Description">{(id) => <TextControl id={id} value={about.description} isReadOnly={isReadOnly} placeholder="What it is for" onChange={(text) => edit(setAbout(currentDocument(), { description: String(text) }))} />}</Field>
        <TagsField tags={about.tags} isReadOnly={isReadOnly} />
        <label className="row-check"><input type="checkbox" checked={about.isTemplate} disabled={isReadOnly} onChange={(event) => edit(setAbout(currentDocument(), { isTemplate: event.target.checked }))} /> A template for other patterns</label>
      </header>
      <section aria-label="Variables">
        <h3>Variables</h3>
        {!document.variables.length && <p className="hint">Variables belong to one run: nodes set and read them, expressions read them as vars.name.</p>}
        {document.variables.map((variable, index) => <VariableFields key={index} variable={variable} index={index} isReadOnly={isReadOnly} />)}
        {!isReadOnly && <button type="button" className="button small" onClick={addVariable}><Icon name="plus" size={13} /> Add a variable</button>}
      </section>
    </>
  );
}

function TagsField({ tags, isReadOnly }: { readonly tags: readonly string[]; readonly isReadOnly: boolean }) {
  const [text, setText] = useState(tags.join(", "));
  const asText = tags.join(", ");
  const isTyped = JSON.stringify(split(text)) === JSON.stringify(tags);
  const put = (typed: string) => {
    setText(typed);
    edit(setAbout(currentDocument(), { tags: split(typed) }));
  };
  return <Field label="Tags" hint="Separated by commas">{(id, told) => <input id={id} aria-describedby={told} value={isTyped ? text : asText} readOnly={isReadOnly} onChange={(event) => put(event.target.value)} />}</Field>;
}

function split(text: string): string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
}

interface VariableProps {
  readonly variable: Variable;
  readonly index: number;
  readonly isReadOnly: boolean;
}

function VariableFields({ variable, index, isReadOnly }: VariableProps) {
  const types = useCatalog((state) => state.catalog.library.variableTypes);
  const uses = useDocument(({ document }) => usesOf(document, variable.name, formulasOf).length);
  const [wanted, setWanted] = useState<string | null>(null);
  const put = (fields: Partial<Variable>) => {
    const { variables } = currentDocument();
    edit(setVariables(currentDocument(), variables.map((one, at) => (at === index ? { ...one, ...fields } : one)), variable.name + Object.keys(fields)[0]));
  };
  return (
    <div className="variable">
      <div className="row">
        <input aria-label="Name of the variable" value={wanted ?? variable.name} readOnly={isReadOnly} onChange={(event) => setWanted(event.target.value)} onBlur={() => rename()} onKeyDown={(event) => event.key === "Enter" && rename()} />
        <select aria-label={`Type of ${variable.name}`} value={variable.type} disabled={isReadOnly} onChange={(event) => put({ type: event.target.value as PinType })}>
          {types.map((type) => <option key={type}>{type}</option>)}
        </select>
        {!isReadOnly && <button type="button" className="button quiet icon-only small" aria-label={`Remove ${variable.name}`} onClick={() => edit(setVariables(currentDocument(), currentDocument().variables.filter((_, at) => at !== index)))}><Icon name="close" size={13} /></button>}
      </div>
      <ValueControl id={`variable-${index}`} shape={{ name: variable.name, label: `Start value of ${variable.name}`, type: variable.type, choices: [], default: null, editor: "" }} value={variable.default} placeholder="Start value" isReadOnly={isReadOnly} onChange={(value) => put({ default: value ?? null })} />
      <p className="hint">{uses ? <button type="button" className="link" onClick={() => camera().reveal(usesOf(currentDocument(), variable.name, formulasOf).map(({ id }) => id))}>Used by {uses} {uses === 1 ? "node" : "nodes"}</button> : "Not used"}</p>
    </div>
  );

  /** A name that another variable has is not taken over. */
  function rename(): void {
    const name = wanted?.trim();
    setWanted(null);
    if (!name || name === variable.name || currentDocument().variables.some((one) => one.name === name)) return;
    edit(renameVariable(currentDocument(), variable.name, name, formulasOf));
  }
}

function formulasOf(node: GraphNode): ReadonlySet<string> {
  const { inputs } = pinsOf(currentCatalog(), currentResolved(), node);
  return new Set(inputs.filter((pin) => pin.takes === "formula").map((pin) => pin.name));
}

function addVariable(): void {
  const { variables } = currentDocument();
  const taken = new Set(variables.map(({ name }) => name));
  let count = variables.length + 1;
  while (taken.has(`value${count}`)) count++;
  edit(setVariables(currentDocument(), [...variables, { name: `value${count}`, type: "String", default: "" }]));
}

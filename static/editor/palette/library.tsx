import { type DragEvent, useMemo, useState } from "react";
import { openVariableMenu } from "../canvas/menu.tsx";
import { makeFinder } from "../model/search.ts";
import type { NodeType } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { useCatalog } from "../state/catalog.ts";
import { useDocument } from "../state/document.ts";
import { insertFree } from "./insert.ts";
import { Help } from "./menu.tsx";
import { SYNONYMS } from "./synonyms.ts";

export const DRAGGED_TYPE = "application/x-dragops-node";
export const DRAGGED_VARIABLE = "application/x-dragops-variable";

/** All nodes by category, to be dragged onto the canvas, or added by a click. */
export function LibraryPanel() {
  const types = useCatalog((state) => state.catalog.library.nodes);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  const [text, setText] = useState("");
  const [category, setCategory] = useState("");
  const [shown, setShown] = useState<NodeType | null>(null);
  const finder = useMemo(() => makeFinder(types, SYNONYMS), [types]);
  const categories = useMemo(() => [...new Set(types.map((type) => type.category))], [types]);
  const found = text ? finder.find(text) : types.filter((type) => type.category === (category || categories[0]));
  return (
    <div className="library">
      <div className="library-side">
        <input type="search" aria-label="Search the library" placeholder="Search all nodes" value={text} onChange={(event) => setText(event.target.value)} />
        <ul aria-label="Categories">
          {categories.map((name, index) => (
            <li key={name}>
              <button type="button" aria-pressed={!text && name === (category || categories[0]) && (category !== "" || index === 0)} onClick={() => pick(name)}>{name}</button>
            </li>
          ))}
        </ul>
      </div>
      <ul className="library-nodes" aria-label="Nodes">
        {!text && found.some((type) => type.id === "GetVariable") && <VariableChips isReadOnly={isReadOnly} />}
        {found.map((type) => (
          <li key={type.id}>
            <button type="button" className={`chip kind-${type.kind}`} draggable={!isReadOnly} disabled={isReadOnly} title={type.description} onDragStart={(event) => carry(event, type)} onClick={() => insertFree(type)} onFocus={() => setShown(type)} onMouseEnter={() => setShown(type)}>
              <i className={`kind-dot kind-${type.kind}`} /> {type.label}
            </button>
          </li>
        ))}
        {!found.length && <li className="muted">No node is called “{text}”.</li>}
      </ul>
      <aside className="library-help">{shown ? <Help type={shown} /> : <p className="muted">Drag a node onto the canvas, or press it. A right-click on the canvas searches.</p>}</aside>
    </div>
  );

  function pick(name: string): void {
    setCategory(name);
    setText("");
  }
}

/** The variables that the pattern declares, before the nodes that work on any. */
function VariableChips({ isReadOnly }: { readonly isReadOnly: boolean }) {
  const variables = useDocument((state) => state.document.variables);
  return variables.map(({ name, type }) => (
    <li key={name}>
      <button type="button" className="chip" draggable={!isReadOnly} disabled={isReadOnly} title={`${type}. Drag it onto the canvas, or press it, to get or set it.`} onDragStart={(event) => carryAs(event, DRAGGED_VARIABLE, name)} onClick={(event) => ask(event.currentTarget, name)}>
        <i className={`pin-mark pin-${type}`} /> {name}
      </button>
    </li>
  ));
}

function ask(chip: HTMLElement, name: string): void {
  const { left, top } = chip.getBoundingClientRect();
  openVariableMenu(name, { x: left, y: top }, camera().freePlace());
}

function carry(event: DragEvent, type: NodeType): void {
  carryAs(event, DRAGGED_TYPE, type.id);
}

function carryAs(event: DragEvent, kind: string, what: string): void {
  event.dataTransfer.setData(kind, what);
  event.dataTransfer.effectAllowed = "copy";
}

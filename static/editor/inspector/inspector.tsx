import { duplicate } from "../canvas/clipboard.ts";
import { commentAround } from "../canvas/menu-entries.ts";
import { Icon } from "../icon.tsx";
import { counted, remove } from "../model/commands.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { NodeView } from "./node-view.tsx";
import { PatternView } from "./pattern-view.tsx";
import { useSelectedNode } from "./selected.ts";
import { WireView } from "./wire-view.tsx";

/** What is selected, to be read and changed; the pattern itself where nothing is. */
export function Inspector() {
  return <aside className="inspector" aria-label="Inspector"><Shown /></aside>;
}

function Shown() {
  const node = useSelectedNode();
  const { document, selection, isReadOnly } = useDocument();
  if (node) return <NodeView key={node.id} node={node} />;
  const [wireId] = selection.wires;
  const wire = selection.wires.size === 1 && !selection.nodes.size && document.wires.find(({ id }) => id === wireId);
  if (wire) return <WireView wire={wire} />;
  if (!selection.nodes.size && !selection.wires.size) return <PatternView />;
  return (
    <>
      <header className="inspector-head"><h2>{[selection.nodes.size && counted(selection.nodes.size, "node"), selection.wires.size && counted(selection.wires.size, "wire")].filter(Boolean).join(", ")} selected</h2></header>
      {!isReadOnly && (
        <section>
          <div className="actions">
            <button type="button" className="button small" disabled={!selection.nodes.size} onClick={duplicate}><Icon name="clone" size={14} /> Duplicate</button>
            <button type="button" className="button small" disabled={!selection.nodes.size} onClick={() => commentAround([...selection.nodes])}><Icon name="note" size={14} /> Comment around them</button>
            <button type="button" className="button small" onClick={() => edit(remove(currentDocument(), selection.nodes, selection.wires))}><Icon name="trash" size={14} /> Remove</button>
          </div>
        </section>
      )}
    </>
  );
}

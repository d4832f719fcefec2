import { useEffect, useRef } from "react";
import { boot } from "../boot.ts";
import { Icon } from "../icon.tsx";
import { useSelectedNode } from "../inspector/selected.ts";
import { COMMENT } from "../model/library.ts";
import type { GraphNode } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { useCatalog } from "../state/catalog.ts";
import { useRun } from "../state/run.ts";
import { say } from "../state/view.ts";
import { runFromHere } from "./actions.ts";
import { copyText } from "../copy.ts";
import { NodePassView } from "./node-pass.tsx";
import { isPinnable, pinLastOutput, unpin } from "./pinning.ts";
import type { NodePass } from "./runs.ts";
import { toggleData, useConsole } from "./store.ts";

/** The data of the chosen node in the run that is shown, on the right of the canvas. */
export function DataPanel() {
  const node = useSelectedNode();
  const isDataOpen = useConsole((state) => state.isDataOpen);
  const runId = useRun((state) => state.runId);
  if (!isDataOpen || !runId || !node || node.type === COMMENT) return null;
  return <Panel key={runId} node={node} runId={runId} />;
}

function Panel({ node, runId }: { readonly node: GraphNode; readonly runId: string }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // The panel takes of the canvas: the node that was clicked may be under it now.
    if (isHidden(node.id, panel.current)) camera().reveal([node.id]);
  }, [node.id]);
  return (
    <aside ref={panel} className="data-panel" aria-label={`Data of ${node.data.label}`}>
      <header>
        <h2>{node.data.label}</h2>
        <button type="button" className="button quiet icon-only small" aria-label="Close the data panel" onClick={toggleData}><Icon name="close" size={14} /></button>
      </header>
      <NodePassView key={`${runId} ${node.id}`} nodeId={node.id} name={node.data.label}>
        {(shown) => <DataActions node={node} shown={shown} />}
      </NodePassView>
    </aside>
  );
}

function isHidden(nodeId: string, panel: HTMLElement | null): boolean {
  const drawn = document.querySelector(`.canvas .react-flow__node[data-id="${CSS.escape(nodeId)}"]`);
  if (!drawn || !panel) return true;
  return drawn.getBoundingClientRect().right > panel.getBoundingClientRect().left;
}

function DataActions({ node, shown }: { readonly node: GraphNode; readonly shown: NodePass }) {
  const { catalog } = useCatalog();
  const takesExec = catalog.types.get(node.type)?.inputs.some((pin) => pin.type === "Exec");
  const copy = async () => say((await copyText(JSON.stringify(shown.entry.output, null, 2))) ? "The outputs are copied." : "The browser does not let the page copy.");
  return (
    <div className="actions">
      {boot.canEdit && isPinnable(node.id) && (node.data.pinned
        ? <button type="button" className="button small" onClick={() => unpin([node.id])}><Icon name="pin" size={14} /> Unpin</button>
        : <button type="button" className="button small" title="Test runs then use the last outputs instead of running the node" onClick={() => void pinLastOutput([node.id])}><Icon name="pin" size={14} /> Pin these outputs</button>)}
      <button type="button" className="button small" onClick={() => void copy()}><Icon name="copy" size={14} /> Copy</button>
      {boot.canEdit && takesExec && <button type="button" className="button small" title="Run the draft from this node on, with what came before it in this run" onClick={() => void runFromHere(node.id)}><Icon name="play" size={14} /> Run from here</button>}
    </div>
  );
}

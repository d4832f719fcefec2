import { NodePassView } from "../console/node-pass.tsx";
import { useSelectedNode } from "../inspector/selected.ts";
import { COMMENT } from "../model/library.ts";
import { select } from "../state/document.ts";
import { useRun } from "../state/run.ts";
import { NodeList } from "./node-list.tsx";
import { Surface } from "./surface.tsx";

/** A run on the graph that it ran: what became of each node, and on the right what one of them was given and gave. */
export function RunGraph() {
  return (
    <div className="overlay">
      <Surface />
      <Side />
    </div>
  );
}

function Side() {
  const node = useSelectedNode();
  const runId = useRun((state) => state.runId);
  if (!node || node.type === COMMENT) return <aside className="overlay-data" aria-label="Nodes"><NodeList /></aside>;
  return (
    <aside className="overlay-data" aria-label={`Data of ${node.data.label}`}>
      <p><button type="button" className="link" onClick={() => select([])}>← All nodes</button></p>
      <h3>{node.data.label}</h3>
      <NodePassView key={`${runId} ${node.id}`} nodeId={node.id} name={node.data.label} />
    </aside>
  );
}

import { duration, statusWords } from "../console/format.ts";
import { camera } from "../state/camera.ts";
import { useDocument } from "../state/document.ts";
import { useRun } from "../state/run.ts";

/** The nodes in the order in which they first ran; the way to them by keyboard and by ear. */
export function NodeList() {
  const nodes = useRun((state) => state.nodes);
  const status = useRun((state) => state.status);
  const drawn = useDocument(({ document }) => document.nodes);
  const ran = Object.entries(nodes).filter(([id]) => drawn.has(id)).sort(([, one], [, other]) => one.firstSeq - other.firstSeq);
  return (
    <>
      <h3>Nodes that ran</h3>
      {!ran.length && <p className="muted">{status === "queued" ? "It waits for its turn." : "None so far."}</p>}
      <ol className="overlay-nodes">
        {ran.map(([id, node]) => (
          <li key={id}>
            <button type="button" onClick={() => camera().reveal([id])}>
              <i className={`dot status-${node.state === "waiting" ? "queued" : node.state}`} />
              <span className="overlay-node-name">{drawn.get(id)!.data.label}</span>
              <span className="muted">{node.state === "completed" ? "" : statusWords(node.state)} {node.passes > 1 && `${node.passes} ×`} {node.totalUs !== null && duration(node.totalUs / 1_000)}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}

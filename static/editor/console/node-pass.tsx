import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api.ts";
import { Icon } from "../icon.tsx";
import type { NodeType } from "../model/types.ts";
import { useCatalog } from "../state/catalog.ts";
import { useDocument } from "../state/document.ts";
import { isOpen, useNodeRun, useRun } from "../state/run.ts";
import { Entry } from "./entry-data.tsx";
import { duration } from "./format.ts";
import { type LoopPosition, type NodePass, readPass, reason } from "./runs.ts";

interface Props {
  readonly nodeId: string;
  readonly name: string;
  /** Buttons for what was read. */
  readonly children?: (shown: NodePass) => ReactNode;
}

/** What a node was given and gave in the run that is shown, one pass at a time. */
export function NodePassView({ nodeId, name, children }: Props) {
  const [wanted, setWanted] = useState<number | null>(null);
  const { shown, error } = usePass(nodeId, wanted);
  const run = useNodeRun(nodeId);
  const isPure = useType(nodeId)?.isPure;
  const isGoing = useRun((state) => isOpen(state.status));
  if (error) return <p className="note error" role="alert"><Icon name="alert" /> <span>{error}</span></p>;
  if (!run && isPure) return <p className="muted">{name} has no log of its own: it is evaluated whenever a running node reads it. Its value is among the inputs of the nodes that it feeds.</p>;
  if (!run) return <p className="muted">{isGoing ? `${name} has not run yet.` : `${name} did not run.`}</p>;
  if (!shown) return <p className="muted" role="status">{run.passes ? "…" : run.state === "waiting" ? `${name} waits.` : `${name} runs just now.`}</p>;
  return (
    <>
      {shown.passes > 1 && <Stepper shown={shown} onGo={setWanted} />}
      <Loop positions={shown.loop} />
      <p className="pass-facts"><span className={shown.entry.errorType ? "bad-text" : "ok-text"}>{shown.entry.errorType ? "Failed" : "Completed"}</span> <span className="number">{duration(shown.entry.durationMs)}</span></p>
      {children?.(shown)}
      <Entry entry={shown.entry} />
    </>
  );
}

function Stepper({ shown, onGo }: { readonly shown: NodePass; readonly onGo: (number: number | null) => void }) {
  const { pass: number, passes } = shown;
  const step = (label: string, sign: string, to: number, isOff: boolean) => (
    <button type="button" className="button quiet small" aria-label={label} title={label} disabled={isOff} onClick={() => onGo(to)}>{sign}</button>
  );
  return (
    <div className="pass-stepper" role="group" aria-label="Passes">
      {step("First pass", "⇤", 1, number === 1)}
      {step("Previous pass", "←", number - 1, number === 1)}
      <label>pass <input type="number" aria-label="Pass" min={1} max={passes} value={number} onChange={(event) => event.target.valueAsNumber >= 1 && event.target.valueAsNumber <= passes && onGo(event.target.valueAsNumber)} /> of {passes}</label>
      {step("Next pass", "→", number + 1, number === passes)}
      {step("Last pass", "⇥", passes, number === passes)}
    </div>
  );
}

function Loop({ positions }: { readonly positions: readonly LoopPosition[] }) {
  if (!positions.length) return null;
  return <p className="pass-loop muted">{positions.map(({ nodeId, nodeName, index, of }) => <span key={nodeId}>{nodeName} #{index}{of !== undefined && ` of ${of}`}</span>)}</p>;
}

function useType(nodeId: string): NodeType | undefined {
  const type = useDocument(({ document }) => document.nodes.get(nodeId)?.type ?? "");
  return useCatalog(({ catalog }) => catalog.types.get(type));
}

/** Reads a pass; the last one again whenever the node has run again. */
function usePass(nodeId: string, wanted: number | null): { readonly shown: NodePass | null; readonly error: string } {
  const runId = useRun((state) => state.runId);
  const run = useNodeRun(nodeId);
  const version = wanted === null ? (run?.lastSeq ?? 0) : 0;
  const isThere = (run?.passes ?? 0) > 0;
  const [told, setTold] = useState<{ readonly shown: NodePass | null; readonly error: string }>({ shown: null, error: "" });
  useEffect(() => {
    if (!runId || !isThere) return setTold({ shown: null, error: "" });
    const abort = new AbortController();
    readPass(runId, nodeId, wanted, abort.signal).then(
      (shown) => setTold({ shown, error: "" }),
      (error: unknown) => error instanceof ApiError && error.status !== 404 && setTold({ shown: null, error: reason(error) }),
    );
    return () => abort.abort();
  }, [runId, nodeId, wanted, version, isThere]);
  return told;
}

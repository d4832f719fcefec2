import type { NodeProps } from "@xyflow/react";
import { memo } from "react";
import { Icon } from "../icon.tsx";
import { literalOf } from "../model/geometry.ts";
import type { Problem } from "../model/types.ts";
import { useNodeProblems } from "../state/checks.ts";
import { type NodeRun, useNodeRun, useRun } from "../state/run.ts";
import { describedBy, type FlowNode } from "./node-views.ts";
import { PinRow } from "./pin.tsx";
import { NodeTitle } from "./title.tsx";

export const PatternNode = memo(function PatternNode({ id, data: { node, type, pins }, selected }: NodeProps<FlowNode>) {
  const literal = literalOf(node, pins);
  const problems = useNodeProblems(id);
  const run = useNodeRun(id);
  const wasPinned = useRun((state) => state.pinned.has(id));
  return (
    <div
      className={`node kind-${type?.kind ?? "unknown"}`}
      data-selected={selected}
      data-problem={worst(problems)}
      data-run={run?.state}
      title={problems.map((problem) => problem.message).join("\n") || undefined}
    >
      <header className="node-head">
        <NodeTitle id={id} label={node.data.label} />
        {node.data.notes && <span className="node-mark" title={node.data.notes}><Icon name="note" size={13} /></span>}
        {node.data.pinned && <span className="node-mark" title="Its outputs are pinned: test runs use them instead of running it." data-used={wasPinned}><Icon name="pin" size={13} /></span>}
        {problems.length > 0 && <span className={`node-mark ${worst(problems)}`}><Icon name="alert" size={14} /></span>}
      </header>
      <div className="node-pins">
        <div>{pins.inputs.map((pin) => <PinRow key={pin.name} node={node} side="input" pin={pin} />)}{literal && <span className="pin-row pin-value">{literal}</span>}</div>
        <div>{pins.outputs.map((pin) => <PinRow key={pin.name} node={node} side="output" pin={pin} />)}</div>
      </div>
      {run && <RunBadge run={run} />}
      <span hidden id={describedBy(id)}>{[type ? "" : "The library has no such node.", ...problems.map((problem) => `${problem.severity}: ${problem.message}`), run ? `Run: ${run.state}` : ""].filter(Boolean).join(" ")}</span>
    </div>
  );
}, isDrawnAlike);

/** Where it lies is React Flow's business: a node that is dragged is not drawn again. */
export function isDrawnAlike(one: NodeProps<FlowNode>, other: NodeProps<FlowNode>): boolean {
  return one.data === other.data && one.selected === other.selected && one.width === other.width && one.height === other.height;
}

function RunBadge({ run }: { readonly run: NodeRun }) {
  return (
    <span className={`run-badge run-${run.state}`}>
      {run.passes > 1 && <b>{run.passes} ×</b>} {run.lastUs === null ? run.state : micros(run.totalUs ?? run.lastUs)}
    </span>
  );
}

/** 850 µs, 12.5 ms, 1.25 s. */
export function micros(us: number): string {
  if (us < 1_000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${Number((us / 1_000).toPrecision(3))} ms`;
  return `${Number((us / 1_000_000).toPrecision(3))} s`;
}

function worst(problems: readonly Problem[]): "error" | "warning" | undefined {
  if (problems.some((problem) => problem.severity === "error")) return "error";
  return problems.length ? "warning" : undefined;
}

import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import { useWireProblems } from "../state/checks.ts";
import { useRun, useTimesTaken } from "../state/run.ts";
import type { FlowEdge } from "./flow.ts";

export const PatternWire = memo(function PatternWire({ id, data, selected, ...ends }: EdgeProps<FlowEdge>) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition } = ends;
  const [path, middleX, middleY] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition });
  const problems = useWireProblems(id);
  const times = useTimesTaken(id);
  const hasRun = useRun((state) => state.runId !== null);
  const isTaken = data?.type === "Exec" && hasRun ? String(times > 0) : undefined;
  // The number of an exec wire stands near its output, where its siblings' numbers are, staggered so that none hides another.
  const [labelX, labelY] = times > 1 ? [middleX, middleY] : alongBezier(ends, Math.min(0.22 + 0.1 * ((data?.order ?? 1) - 1), 0.7));
  const label = times > 1 ? `${times} ×` : data?.order ? String(data.order) : "";
  return (
    <>
      <g className={`wire wire-${data?.type}`} data-selected={selected} data-taken={isTaken} data-problem={problems[0]?.severity}>
        <BaseEdge id={id} path={path} interactionWidth={18} />
        {problems.length > 0 && <title>{problems.map((problem) => problem.message).join("\n")}</title>}
      </g>
      {label && (
        <EdgeLabelRenderer>
          <span className="wire-label" style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}>{label}</span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** A point of the curve that getBezierPath draws between two pins. */
function alongBezier({ sourceX, sourceY, targetX, targetY }: { sourceX: number; sourceY: number; targetX: number; targetY: number }, t: number): [number, number] {
  const distance = targetX - sourceX;
  const reach = distance >= 0 ? distance / 2 : 0.25 * 25 * Math.sqrt(-distance);
  const between = (a: number, b: number, c: number, d: number) => (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  return [between(sourceX, sourceX + reach, targetX - reach, targetX), between(sourceY, sourceY, targetY, targetY)];
}

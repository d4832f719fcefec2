import { type ConnectionLineComponentProps, getBezierPath } from "@xyflow/react";
import type { FlowNode } from "./flow.ts";
import { reasonAgainst, useDragged } from "./dragged.ts";

/** The wire that is being drawn, and over a pin that it does not fit into, why not. */
export function DraggedWire({ fromX, fromY, fromPosition, toX, toY, toPosition, toHandle }: ConnectionLineComponentProps<FlowNode>) {
  const dragged = useDragged();
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition });
  const over = toHandle && { node: toHandle.nodeId, pin: toHandle.id ?? "", side: toHandle.type === "source" ? ("output" as const) : ("input" as const) };
  const reason = over ? reasonAgainst(over, dragged) : null;
  return (
    <g className={`wire wire-${dragged.pin?.type ?? "Any"}`} data-problem={reason ? "error" : undefined}>
      <path className="react-flow__connection-path" d={path} fill="none" />
      {reason && <foreignObject className="wire-reason" x={toX + 14} y={toY + 10} width="260" height="60"><p>{reason}</p></foreignObject>}
    </g>
  );
}

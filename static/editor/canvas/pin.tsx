import { Handle, Position } from "@xyflow/react";
import { memo, type MouseEvent } from "react";
import { disconnectPin } from "../model/commands.ts";
import { isWanting, pinText, previewOf } from "../model/geometry.ts";
import type { GraphNode, Pin, Wire } from "../model/types.ts";
import { usePinSeverity } from "../state/checks.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { say } from "../state/view.ts";
import { useFit } from "./dragged.ts";

interface Props {
  readonly node: GraphNode;
  readonly side: "input" | "output";
  readonly pin: Pin;
}

/** One pin: a white triangle or a coloured circle, full where it is wired; beside an input what it takes without a wire. */
export const PinRow = memo(function PinRow({ node, side, pin }: Props) {
  const isWired = useDocument(({ document }) => wiredPins(document.wires).has(`${side} ${node.id} ${pin.name}`));
  const fit = useFit(node.id, side, pin.name);
  const severity = usePinSeverity(node.id, pin.name, side);
  const unwire = (event: MouseEvent) => {
    if (!event.altKey || event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation(); // else a wire would be drawn from here
    const ref = { node: node.id, pin: pin.name, side };
    if (edit(disconnectPin(currentDocument(), ref))) say(`Unwired ${pin.label} of ${node.data.label}`);
  };
  const isInput = side === "input";
  const wants = isInput && !isWired && isWanting(node, pin);
  const preview = isInput && !isWired ? previewOf(node, pin) : "";
  return (
    <div className={`pin-row pin-${side} pin-${pin.type}`} data-fit={fit || undefined} data-wired={isWired} data-problem={severity} onMouseDownCapture={unwire}>
      <Handle
        id={pin.name}
        type={isInput ? "target" : "source"}
        position={isInput ? Position.Left : Position.Right}
        role="img"
        aria-label={`${isInput ? "Input" : "Output"} ${pin.label}, ${pin.type}, ${isWired ? "wired" : "not wired"}${wants ? ", required" : ""}`}
        data-pin={pin.name}
        data-side={side}
        title={`${pin.label}: ${pin.type}${wants ? " (required)" : ""}`}
      />
      <span className="pin-label" aria-hidden="true">{pinText(pin)}</span>
      {wants && <span className="pin-wants" aria-hidden="true">*</span>}
      {preview && <span className="pin-value">{preview}</span>}
    </div>
  );
});

const known = new WeakMap<readonly Wire[], ReadonlySet<string>>();

/** Every pin with a wire; found once for all pins that ask. */
function wiredPins(wires: readonly Wire[]): ReadonlySet<string> {
  let pins = known.get(wires);
  if (!pins) {
    pins = new Set(wires.flatMap((w) => [`output ${w.source} ${w.sourceHandle}`, `input ${w.target} ${w.targetHandle}`]));
    known.set(wires, pins);
  }
  return pins;
}

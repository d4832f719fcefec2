/** The wire that is being drawn, so that each pin can tell whether it fits. */
import { create } from "zustand";
import type { Pin, PinRef } from "../model/types.ts";
import { circleOf, pinAt, refusal } from "../model/wiring.ts";
import { currentCatalog, currentResolved } from "../state/catalog.ts";
import { currentDocument } from "../state/document.ts";

interface Dragged {
  readonly from: PinRef | null;
  readonly pin: Pin | null;
  readonly circle: ReadonlySet<string>;
}

const NONE: Dragged = { from: null, pin: null, circle: new Set() };

export const useDragged = create<Dragged>(() => NONE);

export function startDragging(from: PinRef): void {
  const document = currentDocument();
  const pin = pinAt(document, currentCatalog(), currentResolved(), from) ?? null;
  useDragged.setState({ from, pin, circle: circleOf(document, currentCatalog(), from) });
}

export function stopDragging(): void {
  useDragged.setState(NONE);
}

/** Null where the dragged wire fits into this pin, else why not. */
export function reasonAgainst(other: PinRef, { from, circle }: Dragged = useDragged.getState()): string | null {
  if (!from) return null;
  return refusal(currentDocument(), currentCatalog(), currentResolved(), from, other, circle);
}

/** What this pin is to the wire that is being drawn. */
export function useFit(node: string, side: "input" | "output", pin: string): "" | "source" | "fits" | "refuses" {
  return useDragged((dragged) => {
    if (!dragged.from) return "";
    const { from } = dragged;
    if (from.node === node && from.side === side && from.pin === pin) return "source";
    return reasonAgainst({ node, side, pin }, dragged) === null ? "fits" : "refuses";
  });
}

/** A wire that is drawn by keyboard: the node it begins at, then the pin. */
import { create } from "zustand";
import type { PinRef } from "../model/types.ts";
import { useDocument } from "../state/document.ts";
import { say } from "../state/view.ts";

interface Wiring {
  readonly node: string | null;
  readonly from: PinRef | null;
}

const NONE: Wiring = { node: null, from: null };

export const useWiring = create<Wiring>(() => NONE);

export function startWiring(node: string): void {
  if (useDocument.getState().isReadOnly) return say("You may look at this pattern, and not change it.", "error");
  useWiring.setState({ node, from: null });
}

export function takePin(from: PinRef | null): void {
  useWiring.setState({ from });
}

export function endWiring(): void {
  useWiring.setState(NONE);
}

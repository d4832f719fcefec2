/** What the node search was opened for. */
import { create } from "zustand";
import type { PinRef, Point } from "../model/types.ts";

export interface Question {
  /** Where the search opens, and where the chosen node goes. */
  readonly screen: Point;
  readonly at: Point;
  /** The pin that the chosen node is wired to. */
  readonly from?: PinRef;
  /** The wire that the chosen node is put onto. */
  readonly wire?: string;
}

export const usePalette = create<{ readonly question: Question | null }>(() => ({ question: null }));

export function openPalette(question: Question): void {
  usePalette.setState({ question });
}

export function closePalette(): void {
  usePalette.setState({ question: null });
}

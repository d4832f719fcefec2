/** What of running is open: the dialog of the sample event, the panel of a node's data, what the page was opened with. */
import { create } from "zustand";
import type { Json } from "../model/types.ts";
import type { RunInfo } from "../state/run.ts";

interface ConsoleState {
  readonly dialog: "sample" | "tap" | null;
  /** The event that the dialog begins with, in place of the sample. */
  readonly proposed: Json | undefined;
  readonly isDataOpen: boolean;
  /** A run that the page was opened with, until one has said what shall become of it. */
  readonly arrived: RunInfo | null;
  /** A run is being started, or being stopped. */
  readonly isBusy: boolean;
}

export const useConsole = create<ConsoleState>(() => ({ dialog: null, proposed: undefined, isDataOpen: true, arrived: null, isBusy: false }));

export function openDialog(dialog: "sample" | "tap", proposed?: Json): void {
  useConsole.setState({ dialog, proposed });
}

export function closeDialog(): void {
  useConsole.setState({ dialog: null, proposed: undefined });
}

export function toggleData(): void {
  useConsole.setState(({ isDataOpen }) => ({ isDataOpen: !isDataOpen }));
}

/** What of the editor's surface is open, and short messages to the person. Panels are remembered in this browser. */
import { create } from "zustand";

export type BottomTab = "library" | "problems" | "console" | "history";

interface ViewState {
  readonly isInspectorOpen: boolean;
  readonly isBottomOpen: boolean;
  readonly bottomTab: BottomTab;
  /** Said aloud by screen readers and shown for a few seconds. */
  readonly notice: { readonly text: string; readonly kind: "info" | "error"; readonly count: number } | null;
}

const KEY = "dragops.editor.panels";

function remembered(): Partial<ViewState> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<ViewState>;
  } catch {
    return {};
  }
}

export const useView = create<ViewState>(() => ({
  isInspectorOpen: window.innerWidth > 800,
  isBottomOpen: window.innerHeight > 500,
  bottomTab: "library",
  ...remembered(),
  ...(window.innerWidth <= 800 && { isInspectorOpen: false }), // there it would cover the canvas
  notice: null,
}));

useView.subscribe(({ isInspectorOpen, isBottomOpen, bottomTab }) => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ isInspectorOpen, isBottomOpen, bottomTab }));
  } catch {
    // A browser that keeps nothing opens the panels anew each time.
  }
});

export function showBottom(bottomTab: BottomTab): void {
  useView.setState({ bottomTab, isBottomOpen: true });
}

export function toggleInspector(): void {
  useView.setState(({ isInspectorOpen }) => ({ isInspectorOpen: !isInspectorOpen }));
}

export function toggleBottom(): void {
  useView.setState(({ isBottomOpen }) => ({ isBottomOpen: !isBottomOpen }));
}

export function say(text: string, kind: "info" | "error" = "info"): void {
  useView.setState(({ notice }) => ({ notice: { text, kind, count: (notice?.count ?? 0) + 1 } }));
}

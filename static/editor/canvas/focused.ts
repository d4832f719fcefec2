/** The node that has, or would get, the keyboard. */
import { create } from "zustand";
import { useDocument } from "../state/document.ts";

const useFocused = create<{ readonly id: string | null }>(() => ({ id: null }));

export function rememberFocus(id: string): void {
  useFocused.setState({ id });
}

/** The node that Tab leads to: the one that had the keyboard last, else the first one. */
export function useStop(): string | undefined {
  const id = useFocused((state) => state.id);
  return useDocument(({ document }) => stopIn(document.nodes, id));
}

export function focusedNode(): string | null {
  const node = document.activeElement?.closest(".react-flow__node");
  return node?.getAttribute("data-id") ?? null;
}

function stopIn(nodes: ReadonlyMap<string, unknown>, id: string | null): string | undefined {
  return id && nodes.has(id) ? id : nodes.keys().next().value;
}

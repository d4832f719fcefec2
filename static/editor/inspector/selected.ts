import type { GraphNode } from "../model/types.ts";
import { useDocument } from "../state/document.ts";

/** The node that the inspector shows: the one that is selected. */
export function useSelectedNode(): GraphNode | undefined {
  return useDocument(({ document, selection }) => {
    const [id] = selection.nodes;
    return selection.nodes.size === 1 && id !== undefined ? document.nodes.get(id) : undefined;
  });
}

/** Comments that carry what lies in them. */
import { COMMENT } from "./library.ts";
import type { GraphNode, Point, Size } from "./types.ts";

export type Box = Point & Size;

export function carries(node: GraphNode): boolean {
  return node.type === COMMENT && node.data.properties.carriesNodes !== false;
}

/** The nodes that move with these: what lies wholly in a comment among them that carries, and what lies in those. */
export function carriedBy(ids: Iterable<string>, nodes: ReadonlyMap<string, GraphNode>, box: (node: GraphNode) => Box): Set<string> {
  const carriers = [...ids].flatMap((id) => nodes.get(id) ?? []).filter(carries);
  const all = new Set(ids);
  for (let carrier = carriers.pop(); carrier; carrier = carriers.pop()) {
    const around = box(carrier);
    for (const node of nodes.values()) {
      if (all.has(node.id) || !contains(around, box(node))) continue;
      all.add(node.id);
      if (carries(node)) carriers.push(node);
    }
  }
  return all;
}

export function contains(around: Box, inner: Box): boolean {
  return inner.x >= around.x && inner.y >= around.y && inner.x + inner.width <= around.x + around.width && inner.y + inner.height <= around.y + around.height;
}

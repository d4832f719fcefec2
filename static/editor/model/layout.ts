/** Laying a graph out from left to right, with dagre. Loaded when it is asked for. */
import { Graph, layout as lay } from "@dagrejs/dagre";
import type { Box } from "./carrying.ts";
import { boundsOf, GRID, HEADER, PADDING, ROW } from "./geometry.ts";
import { type Boxes, straighten } from "./arrange.ts";
import type { Wire } from "./types.ts";

export interface Link {
  readonly source: string;
  readonly target: string;
  readonly isExec: boolean;
}

const FIRST_PIN = HEADER + PADDING + ROW / 2;
const AROUND = { side: 30, top: 50, bottom: 30 };
/** Above this, the best ranking takes seconds. */
const MANY = 1_000;

/**
 * Where each node goes; the upper left corner of them all stays where it was. `within` names the comment that a node lies in:
 * comments keep what they held, and nothing else comes into them. Exec wires become straight lines where they can.
 */
export function layOut(boxes: Boxes, links: readonly Link[], within: ReadonlyMap<string, string>): Map<string, Box> {
  const comments = new Set(within.values());
  const graph = new Graph({ compound: comments.size > 0, multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 3 * GRID, ranksep: 8 * GRID, ranker: boxes.size > MANY ? "tight-tree" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, box] of boxes) graph.setNode(id, comments.has(id) ? {} : { width: box.width, height: aroundFirstPin(box) });
  for (const [inner, outer] of within) if (boxes.has(outer)) graph.setParent(inner, outer);
  links.forEach(({ source, target, isExec }, index) => graph.setEdge(source, target, { weight: isExec ? 5 : 1, minlen: 1 }, String(index)));
  lay(graph);
  const placed = new Map<string, Box>();
  for (const [id, box] of boxes) if (!comments.has(id)) placed.set(id, cornered(graph.node(id), box));
  for (const [id, { x, y }] of straighten(placed, execWires(links, within), LEVEL)) placed.set(id, { ...placed.get(id)!, x, y });
  enclose(placed, comments, within, boxes);
  return moveBack(placed, boxes);
}

/** So high that the first pin, which carries the exec wire, is in the middle: dagre draws straight lines through middles. */
function aroundFirstPin({ height }: Box): number {
  return 2 * Math.max(FIRST_PIN, height - FIRST_PIN);
}

function cornered({ x, y }: { x: number; y: number }, { width, height }: Box): Box {
  return { x: x - width / 2, y: y - FIRST_PIN, width, height };
}

const LEVEL = () => ({ source: FIRST_PIN, target: FIRST_PIN });

/** Those that stay within their comment, so that no node leaves its own for the sake of a line. */
function execWires(links: readonly Link[], within: ReadonlyMap<string, string>): Wire[] {
  const inside = links.filter(({ source, target, isExec }) => isExec && within.get(source) === within.get(target));
  return inside.map(({ source, target }, index) => ({ id: String(index), source, sourceHandle: "", target, targetHandle: "" }));
}

/** Draws each comment round what it holds, inner ones first. */
function enclose(placed: Map<string, Box>, comments: ReadonlySet<string>, within: ReadonlyMap<string, string>, boxes: Boxes): void {
  const depth = (id: string): number => (within.has(id) ? 1 + depth(within.get(id)!) : 0);
  for (const id of [...comments].sort((one, other) => depth(other) - depth(one))) {
    const held = boundsOf([...within].flatMap(([inner, outer]) => (outer === id && placed.get(inner)) || []));
    if (held) placed.set(id, around(held));
    else if (boxes.has(id)) placed.set(id, boxes.get(id)!);
  }
}

function around({ x, y, width, height }: Box): Box {
  return { x: x - AROUND.side, y: y - AROUND.top, width: width + 2 * AROUND.side, height: height + AROUND.top + AROUND.bottom };
}

function moveBack(placed: Map<string, Box>, boxes: Boxes): Map<string, Box> {
  const [now, before] = [boundsOf(placed.values()), boundsOf(boxes.values())];
  if (!now || !before) return placed;
  const snap = (value: number) => Math.round(value / GRID) * GRID;
  const [dx, dy] = [before.x - now.x, before.y - now.y];
  return new Map([...placed].map(([id, box]) => [id, { ...box, x: snap(box.x + dx), y: snap(box.y + dy) }]));
}

import { getViewportForBounds, type ReactFlowInstance } from "@xyflow/react";
import { boundsOf, GRID } from "../model/geometry.ts";
import type { GraphNode, Point } from "../model/types.ts";
import type { Camera } from "../state/camera.ts";
import { currentDocument, select } from "../state/document.ts";
import type { FlowEdge, FlowNode } from "./flow.ts";
import { box } from "./node-views.ts";

const MIN_ZOOM = 0.1;
const NEAREST = 1;
const MARGIN = 0.12;
const SIGHT = 40; // pixels between what is shown and the edge

/** The camera of one canvas; `surface` is the element that it fills. */
export function makeCamera(flow: ReactFlowInstance<FlowNode, FlowEdge>, surface: HTMLElement): Camera {
  // React Flow's own fitView knows only nodes that are drawn, and those out of sight are not.
  const show = (nodes: Iterable<GraphNode>, duration: number) => {
    const bounds = boundsOf([...nodes].map(box));
    if (!bounds) return;
    const { width, height } = surface.getBoundingClientRect();
    void flow.setViewport(getViewportForBounds(bounds, width, height, MIN_ZOOM, NEAREST, MARGIN), { duration });
  };
  return {
    fit: () => show(currentDocument().nodes.values(), 0),
    reveal(ids) {
      const nodes = ids.flatMap((id) => currentDocument().nodes.get(id) ?? []);
      select(ids);
      show(nodes, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250);
    },
    show: (ids) => bringIntoSight(flow, surface, ids),
    zoom: (by) => void flow.zoomTo("to" in by ? by.to : flow.getZoom() * by.factor, { duration: 0 }),
    toScreen: (point) => flow.flowToScreenPosition(point),
    toCanvas: (screen) => flow.screenToFlowPosition(screen),
    freePlace: () => freePlace(flow, surface),
    focusNode: (id) => requestAnimationFrame(() => surface.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true })),
    focus: () => surface.querySelector<HTMLElement>(".react-flow")?.focus(),
  };
}

/** Moves as little as shows them whole. */
function bringIntoSight(flow: ReactFlowInstance<FlowNode, FlowEdge>, surface: HTMLElement, ids: readonly string[]): void {
  const bounds = boundsOf(ids.flatMap((id) => currentDocument().nodes.get(id) ?? []).map(box));
  if (!bounds) return;
  const { x, y, zoom } = flow.getViewport();
  const { width, height } = surface.getBoundingClientRect();
  const shift = (from: number, length: number, room: number) => (from < SIGHT ? SIGHT - from : Math.min(0, Math.max(room - SIGHT - from - length, SIGHT - from)));
  const dx = shift(bounds.x * zoom + x, bounds.width * zoom, width);
  const dy = shift(bounds.y * zoom + y, bounds.height * zoom, height);
  if (dx || dy) void flow.setViewport({ x: x + dx, y: y + dy, zoom });
}

function freePlace(flow: ReactFlowInstance<FlowNode, FlowEdge>, surface: HTMLElement): Point {
  const { left, top, width, height } = surface.getBoundingClientRect();
  const middle = flow.screenToFlowPosition({ x: left + width / 2, y: top + height / 2 });
  const boxes = [...currentDocument().nodes.values()].map(box);
  const place = { x: middle.x - 80, y: middle.y - 40 };
  const isTaken = () => boxes.some((b) => place.x < b.x + b.width && place.x + 160 > b.x && place.y < b.y + b.height && place.y + 80 > b.y);
  while (isTaken()) place.y += 4 * GRID;
  return place;
}

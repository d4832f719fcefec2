/** Where the canvas looks, for whoever is not the canvas: go to a node, fit, find the place under the pointer. */
import type { Point } from "../model/types.ts";

export interface Camera {
  /** Shows the nodes, near enough to be read, and selects them. */
  reveal(nodeIds: readonly string[]): void;
  /** Shows everything. */
  fit(): void;
  /** Brings nodes into sight, at the zoom that is. */
  show(nodeIds: readonly string[]): void;
  /** To this zoom, or by a factor. */
  zoom(by: { readonly to: number } | { readonly factor: number }): void;
  toCanvas(screen: Point): Point;
  toScreen(point: Point): Point;
  /** Where a node that is added without pointing goes: the middle of what is seen, beside what is there. */
  freePlace(): Point;
  focus(): void;
  /** Gives a node the keyboard, once it is drawn. */
  focusNode(id: string): void;
}

const NOWHERE: Camera = {
  reveal: () => {},
  fit: () => {},
  show: () => {},
  zoom: () => {},
  toScreen: (point) => point,
  toCanvas: (point) => point,
  freePlace: () => ({ x: 0, y: 0 }),
  focus: () => {},
  focusNode: () => {},
};

let current = NOWHERE;

export const camera = (): Camera => current;

export function setCamera(next: Camera | null): void {
  current = next ?? NOWHERE;
}

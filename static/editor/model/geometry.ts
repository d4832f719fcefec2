/**
 * How large a node is and where its pins sit, in pixels of the canvas. Computed, not measured, so that five hundred
 * nodes are there at once; canvas.css has the same figures.
 */
import { COMMENT } from "./library.ts";
import type { GraphNode, Json, Pin, Pins, Point, Size } from "./types.ts";

export const HEADER = 34;
export const ROW = 24;
export const PADDING = 8;
export const GRID = 10;
export const COMMENT_SIZE: Size = { width: 260, height: 120 };
const LABEL = 24;
const PREVIEW = 14; // letters of a value beside its pin
const LETTER = 6.7; // about the width of one at 12 px
const MIN_WIDTH = 150;
const MAX_WIDTH = 360;
const PIN_SPACE = 26;
const GAP = 24;

export function sizeOf(node: GraphNode, pins: Pins): Size {
  if (node.type === COMMENT) return node.size ?? COMMENT_SIZE;
  const rows = Math.max(pins.inputs.length, pins.outputs.length);
  return { width: width(node, pins), height: HEADER + (rows ? 2 * PADDING + rows * ROW : PADDING) };
}

/** The middle of a pin, from the node's upper left corner. */
export function pinPlace(side: "input" | "output", index: number, { width }: Size): Point {
  return { x: side === "input" ? 0 : width, y: HEADER + PADDING + index * ROW + ROW / 2 };
}

export function pinText(pin: Pin): string {
  return pin.type === "Exec" && pin.label === "Exec" ? "" : cut(pin.label, LABEL);
}

/** What an unwired input will take, short enough to stand beside it: the typed value, else the pin's own default. */
export function previewOf(node: GraphNode, pin: Pin): string {
  const value = Object.hasOwn(node.data.defaults, pin.name) ? node.data.defaults[pin.name] : pin.default;
  return pin.type === "Exec" ? "" : cut(worded(value));
}

/** Whether nothing will come through a pin that must have something, unless it is wired. */
export function isWanting(node: GraphNode, pin: Pin): boolean {
  return pin.required && !Object.hasOwn(node.data.defaults, pin.name) && (pin.default === null || pin.default === undefined);
}

/** The value of a literal, which stands where another node has its inputs. */
export function literalOf(node: GraphNode, pins: Pins): string {
  const value = node.data.properties.value;
  return pins.inputs.length || !node.type.startsWith("Make") ? "" : cut(worded(value));
}

function worded(value: Json | undefined): string {
  if (value === null || value === undefined) return "";
  return (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ").trim();
}

function cut(text: string, length = PREVIEW): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export function boundsOf(boxes: Iterable<Point & Size>): (Point & Size) | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return left === Infinity ? null : { x: left, y: top, width: right - left, height: bottom - top };
}

function width(node: GraphNode, pins: Pins): number {
  const label = (pin: Pin) => pinText(pin).length * LETTER;
  const preview = (pin: Pin) => (previewOf(node, pin).length + 1) * LETTER;
  const left = Math.max(literalOf(node, pins).length * LETTER, ...pins.inputs.map((pin) => label(pin) + preview(pin)));
  const right = Math.max(0, ...pins.outputs.map(label));
  const body = left + right + 2 * PIN_SPACE + GAP;
  const header = node.data.label.length * (LETTER + 0.6) + 52;
  const wanted = Math.min(Math.max(body, header, MIN_WIDTH), MAX_WIDTH);
  return Math.ceil(wanted / GRID) * GRID;
}

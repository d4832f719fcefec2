import { useLayoutEffect, useRef } from "react";
import { box } from "../canvas/node-views.ts";
import { candidates } from "../model/candidates.ts";
import { connect, remove } from "../model/commands.ts";
import { overlap } from "../model/arrange.ts";
import { pinPlace } from "../model/geometry.ts";
import type { Pin, PinRef, Point, Wire } from "../model/types.ts";
import { pinAt } from "../model/wiring.ts";
import { openPalette } from "../palette/question.ts";
import { camera } from "../state/camera.ts";
import { currentCatalog, currentPins, currentResolved } from "../state/catalog.ts";
import { currentDocument, edit, select, useDocument } from "../state/document.ts";
import { say } from "../state/view.ts";
import { type Choice, Choices } from "./choices.tsx";
import { goTo } from "./moving.ts";
import { endWiring, takePin, useWiring } from "./wiring-state.ts";

/** Drawing a wire without a pointer: the pins of a node, then where the wire shall lead. */
export function KeyboardWiring() {
  const { node, from } = useWiring();
  const isThere = useDocument(({ document }) => node !== null && document.nodes.has(node));
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (node && menu.current) placeBeside(menu.current, node);
  }, [node]);
  if (!node || !isThere) return null;
  const label = currentDocument().nodes.get(node)!.data.label;
  const pin = from && pinAt(currentDocument(), currentCatalog(), currentResolved(), from);
  return (
    <div className="palette wiring" ref={menu} role="dialog" aria-label="Draw a wire">
      {from && pin
        ? <Choices key={`${from.side} ${from.pin}`} title={`${label}, ${pin.label}: wire it ${from.side === "output" ? "to" : "from"}`} hint="Search for a pin" choices={farEnds(from, pin)} onBack={() => takePin(null)} />
        : <Choices key="pins" title={`Pins of ${label}`} hint="Search for a pin" choices={pinChoices(node)} onBack={() => leave(node)} />}
    </div>
  );
}

function leave(node: string): void {
  endWiring();
  goTo(node);
}

function pinChoices(node: string): Choice[] {
  const pins = currentPins(node);
  const choice = (side: "output" | "input") => (pin: Pin): Choice => {
    const ref: PinRef = { node, pin: pin.name, side };
    const wires = wiresAt(ref).length;
    return { key: `${side}-${pin.name}`, text: pin.label, detail: `${side}, ${pin.type}${wires ? ", wired" : ""}`, mark: <PinMark type={pin.type} />, take: () => takePin(ref) };
  };
  return pins ? [...pins.outputs.map(choice("output")), ...pins.inputs.map(choice("input"))] : [];
}

function farEnds(from: PinRef, pin: Pin): Choice[] {
  const { nodes } = currentDocument();
  const boxes = new Map([...nodes.values()].map((node) => [node.id, box(node)]));
  const fitting = candidates(currentDocument(), currentCatalog(), currentResolved(), from, boxes).map(({ ref, pin: other, node }): Choice => ({
    key: `${ref.node}-${ref.pin}`,
    text: `${node.data.label}, ${other.label}`,
    detail: other.type,
    mark: <PinMark type={other.type} />,
    take: () => draw(from, ref, pin),
  }));
  const fresh: Choice = { key: "new", text: "New node …", detail: "search", take: () => askForNode(from) };
  return [...fitting, fresh, ...wiresAt(from).map((wire) => removal(wire, from))];
}

function draw(from: PinRef, to: PinRef, pin: Pin): void {
  const source = from.side === "output" ? from : to;
  const target = from.side === "output" ? to : from;
  if (edit(connect(currentDocument(), from, to, pin.type === "Exec"))) say(`Wired ${worded(source)} to ${worded(target)}`);
  leave(from.node);
}

function removal(wire: Wire, from: PinRef): Choice {
  const far: PinRef = from.side === "output" ? { node: wire.target, pin: wire.targetHandle, side: "input" } : { node: wire.source, pin: wire.sourceHandle, side: "output" };
  return {
    key: `wire-${wire.id}`,
    text: `Remove the wire ${from.side === "output" ? "to" : "from"} ${worded(far)}`,
    take: () => {
      if (edit(remove(currentDocument(), [], [wire.id]))) say("Wire removed");
      leave(from.node);
    },
  };
}

function askForNode(from: PinRef): void {
  const at = beside(from);
  endWiring();
  select([from.node]);
  camera().show([from.node]);
  openPalette({ screen: camera().toScreen(at), at, from });
}

/** A place for the pin of a new node, with room for the node. */
function beside({ node, pin, side }: PinRef): Point {
  const here = box(currentDocument().nodes.get(node)!);
  const pins = currentPins(node)!;
  const place = pinPlace(side, (side === "output" ? pins.outputs : pins.inputs).findIndex(({ name }) => name === pin), here);
  const at = { x: here.x + place.x + (side === "output" ? 80 : -80), y: here.y + place.y };
  const others = [...currentDocument().nodes.values()].filter(({ type }) => type !== "Comment").map(box);
  const room = () => ({ x: side === "output" ? at.x : at.x - 200, y: at.y - 60, width: 200, height: 150 });
  while (others.some((other) => overlap(other, room()))) at.y += 40;
  return at;
}

function wiresAt({ node, pin, side }: PinRef): readonly Wire[] {
  const { wires } = currentDocument();
  return side === "output" ? wires.filter((w) => w.source === node && w.sourceHandle === pin) : wires.filter((w) => w.target === node && w.targetHandle === pin);
}

function worded(ref: PinRef): string {
  const pin = pinAt(currentDocument(), currentCatalog(), currentResolved(), ref);
  return `${currentDocument().nodes.get(ref.node)?.data.label}, ${pin?.label ?? ref.pin}`;
}

function PinMark({ type }: { readonly type: Pin["type"] }) {
  return <i className={`pin-mark pin-${type}`} />;
}

function placeBeside(menu: HTMLElement, node: string): void {
  const { x, y, width } = box(currentDocument().nodes.get(node)!);
  const at = camera().toScreen({ x: x + width, y });
  const { offsetWidth, offsetHeight } = menu;
  menu.style.left = `${Math.max(8, Math.min(at.x + 12, innerWidth - offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(at.y, innerHeight - offsetHeight - 8))}px`;
}

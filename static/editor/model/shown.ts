/** The pins that a node shows: of a type that the library does not have, those that its wires and typed values name. */
import type { Document } from "./document.ts";
import { type Catalog, findPin, pinsOf, type ResolvedPins } from "./library.ts";
import type { GraphNode, Pin, Pins, PinType, Wire } from "./types.ts";

export function pinsShown(document: Document, catalog: Catalog, resolved: ResolvedPins, node: GraphNode): Pins {
  return catalog.types.has(node.type) ? pinsOf(catalog, resolved, node) : guessed(document, catalog, resolved, node);
}

const known = new WeakMap<readonly Wire[], WeakMap<GraphNode, Pins>>();

function guessed(document: Document, catalog: Catalog, resolved: ResolvedPins, node: GraphNode): Pins {
  let found = known.get(document.wires);
  if (!found) known.set(document.wires, (found = new WeakMap()));
  let pins = found.get(node);
  if (!pins) found.set(node, (pins = guess(document, catalog, resolved, node)));
  return pins;
}

function guess({ nodes, wires }: Document, catalog: Catalog, resolved: ResolvedPins, node: GraphNode): Pins {
  const typeOf = (id: string, side: "input" | "output", name: string): PinType => {
    const far = nodes.get(id);
    return (far && findPin(pinsOf(catalog, resolved, far), side, name)?.type) ?? (name === "exec" ? "Exec" : "Any");
  };
  const inputs = new Map<string, PinType>();
  const outputs = new Map<string, PinType>();
  for (const wire of wires) {
    if (wire.target === node.id) inputs.set(wire.targetHandle, typeOf(wire.source, "output", wire.sourceHandle));
    if (wire.source === node.id) outputs.set(wire.sourceHandle, typeOf(wire.target, "input", wire.targetHandle));
  }
  for (const name of Object.keys(node.data.defaults)) if (!inputs.has(name)) inputs.set(name, "Any");
  return { inputs: [...inputs].map(pin), outputs: [...outputs].map(pin) };
}

function pin([name, type]: [string, PinType]): Pin {
  return { name, label: type === "Exec" && name === "exec" ? "Exec" : name, type, default: null, required: false, choices: [] };
}

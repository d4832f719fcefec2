/** The node library as the editor asks for it: types by name, the pins of a node, which wires fit. */
import type { GraphNode, Library, NodeData, NodeType, Pin, Pins, PinType } from "./types.ts";

export interface Catalog {
  readonly library: Library;
  readonly types: ReadonlyMap<string, NodeType>;
}

/** Pins by `pinsKey`, as the server told them, for types whose properties add pins. */
export type ResolvedPins = ReadonlyMap<string, Pins>;

export const NO_PINS: Pins = { inputs: [], outputs: [] };
export const COMMENT = "Comment";
export const EMPTY_CATALOG: Catalog = {
  library: { nodes: [], wires: {} as Library["wires"], variableTypes: [], declarableTypes: [] },
  types: new Map(),
};

export function catalogOf(library: Library): Catalog {
  return { library, types: new Map(library.nodes.map((type) => [type.id, type])) };
}

/** What two nodes share that have the same pins. */
export function pinsKey(node: GraphNode): string {
  return `${node.type} ${JSON.stringify([node.data.properties, node.data.defaults])}`;
}

/**
 * The pins of a node. Of a type that adds pins, those of its type until the server has told the rest; of an unknown
 * type none.
 */
export function pinsOf(catalog: Catalog, resolved: ResolvedPins, node: GraphNode): Pins {
  const type = catalog.types.get(node.type);
  if (!type) return NO_PINS;
  return (type.hasPinRule && resolved.get(pinsKey(node))) || type;
}

export function findPin(pins: Pins, side: "input" | "output", name: string): Pin | undefined {
  return (side === "input" ? pins.inputs : pins.outputs).find((pin) => pin.name === name);
}

export function isLegal(catalog: Catalog, source: PinType, target: PinType): boolean {
  return catalog.library.wires[source]?.includes(target) ?? false;
}

/** The first pin of a node or its type that a wire from `pin` may lead to, exec to exec, the same type before a conversion. */
export function fittingPin(catalog: Catalog, own: Pins, pin: Pin, side: "input" | "output"): Pin | undefined {
  const candidates = side === "output" ? own.inputs : own.outputs;
  const fits = candidates.filter((other) =>
    side === "output" ? isLegal(catalog, pin.type, other.type) : isLegal(catalog, other.type, pin.type),
  );
  return fits.find((other) => other.type === pin.type) ?? fits[0];
}

/** The data of a node as it comes from the library. */
export function freshData(type: NodeType): NodeData {
  return { label: type.label, notes: "", properties: {}, defaults: {} };
}

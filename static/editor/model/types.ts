/** What the server tells and takes: the stored graph, the node library, problems. See the API's documentation. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type PinType =
  | "Exec"
  | "String"
  | "Integer"
  | "Float"
  | "Boolean"
  | "Object"
  | "Array"
  | "DateTime"
  | "Binary"
  | "Any"
  | "Null"
  | "Enum";

export type Kind = "event" | "function" | "flow" | "action";

export interface Pin {
  readonly name: string;
  readonly label: string;
  readonly type: PinType;
  readonly default: Json;
  readonly required: boolean;
  readonly choices: readonly string[];
  /** How a typed text is read: with {{ }} in it, as one expression, or as it is. */
  readonly takes?: "template" | "formula" | "text";
  readonly editor?: string;
}

export interface Pins {
  readonly inputs: readonly Pin[];
  readonly outputs: readonly Pin[];
}

export interface Property {
  readonly name: string;
  readonly label: string;
  readonly type: PinType;
  readonly default: Json;
  readonly choices: readonly string[];
  readonly editor: string;
}

export interface NodeType extends Pins {
  /** The type's name, such as `HTTPRequest`. */
  readonly id: string;
  readonly label: string;
  readonly category: string;
  readonly description: string;
  readonly kind: Kind;
  readonly isPure: boolean;
  readonly properties: readonly Property[];
  /** Its properties add pins, which only the server can tell. */
  readonly hasPinRule: boolean;
  readonly isPinnable: boolean;
  readonly example?: { readonly text: string };
}

export interface Library {
  readonly nodes: readonly NodeType[];
  /** For each type of an output, the types of inputs that a wire may lead to. */
  readonly wires: Readonly<Record<PinType, readonly PinType[]>>;
  readonly variableTypes: readonly PinType[];
  readonly declarableTypes: readonly PinType[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Values = Readonly<Record<string, Json>>;

export interface NodeData {
  readonly label: string;
  readonly notes?: string;
  readonly properties: Values;
  readonly defaults: Values;
  /** Outputs that test runs take instead of running the node. */
  readonly pinned?: Values;
  readonly [unknown: string]: Json | Values | undefined;
}

export interface GraphNode {
  readonly id: string;
  readonly type: string;
  readonly position: Point;
  /** Of a comment. */
  readonly size?: Size;
  readonly data: NodeData;
}

export interface Wire {
  readonly id: string;
  readonly source: string;
  readonly sourceHandle: string;
  readonly target: string;
  readonly targetHandle: string;
}

export interface Variable {
  readonly name: string;
  readonly type: PinType;
  readonly default: Json;
}

export interface StoredGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly Wire[];
  readonly variables?: readonly Variable[];
  readonly [unknown: string]: unknown;
}

export interface Problem {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly nodeId: string | null;
  readonly pin: string | null;
  readonly edgeId: string | null;
}

/** One end of a wire. */
export interface PinRef {
  readonly node: string;
  readonly pin: string;
  readonly side: "input" | "output";
}

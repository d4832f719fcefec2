/**
 * Changes of a document as data: each holds what was before and what is after, so that its inverse is the same change
 * the other way round. A transaction is what a person does in one go, and takes back in one go.
 */
import type { About, Document } from "./document.ts";
import type { GraphNode, Variable, Wire } from "./types.ts";

export interface PlacedWire {
  readonly wire: Wire;
  /** Its position among all wires, which is the order in which exec wires run. */
  readonly index: number;
}

export type Change =
  | {
      readonly kind: "node";
      readonly id: string;
      readonly before: GraphNode | null;
      readonly after: GraphNode | null;
      /** The place that a removed node takes again among the others, which is the order in which they are drawn. */
      readonly at?: number;
    }
  | { readonly kind: "wire"; readonly before: PlacedWire | null; readonly after: PlacedWire | null }
  | { readonly kind: "variables"; readonly before: readonly Variable[]; readonly after: readonly Variable[] }
  | { readonly kind: "about"; readonly before: About; readonly after: About }
  | { readonly kind: "extra"; readonly before: Document["extra"]; readonly after: Document["extra"] };

export interface Transaction {
  /** What it did, in the words of a menu: “Move 3 nodes”. */
  readonly label: string;
  readonly changes: readonly Change[];
  /** Transactions in a row with the same key, such as the letters of a word, are taken back together. */
  readonly merges?: string;
}

export function apply(document: Document, transaction: Transaction): Document {
  const next = { ...document };
  let nodes = new Map(document.nodes); // copied once, however many of them change
  for (const change of transaction.changes) {
    if (change.kind === "node") nodes = withNode(nodes, change.id, change.after, change.at);
    else if (change.kind === "wire") next.wires = withWire(next.wires, change.before, change.after);
    else if (change.kind === "variables") next.variables = change.after;
    else if (change.kind === "about") next.about = change.after;
    else next.extra = change.after;
  }
  next.nodes = transaction.changes.some((change) => change.kind === "node") ? nodes : document.nodes;
  return next;
}

export function invert({ label, changes }: Transaction): Transaction {
  const turned = changes.map((change) => ({ ...change, before: change.after, after: change.before }) as Change);
  return { label, changes: turned.reverse() };
}

/** Both in one; for transactions that change the same things. Null where they do not. */
export function merge(first: Transaction, second: Transaction): Transaction | null {
  const keys = (transaction: Transaction) => transaction.changes.map(key).join("\n");
  if (keys(first) !== keys(second)) return null;
  const changes = first.changes.map((change, i) => ({ ...change, after: second.changes[i]!.after }) as Change);
  return { ...second, changes };
}

/** The nodes that a transaction leaves behind, for the selection after undo and redo. */
export function touched(transaction: Transaction): string[] {
  return transaction.changes.flatMap((change) => (change.kind === "node" && change.after ? [change.id] : []));
}

function key(change: Change): string {
  if (change.kind === "node") return `node ${change.id}`;
  if (change.kind === "wire") return `wire ${(change.after ?? change.before)?.wire.id}`;
  return change.kind;
}

/** May change the map that it is given. */
function withNode(nodes: Map<string, GraphNode>, id: string, node: GraphNode | null, at = nodes.size): Map<string, GraphNode> {
  if (!node) nodes.delete(id);
  else if (nodes.has(id) || at >= nodes.size) nodes.set(id, node);
  else return new Map([...nodes].toSpliced(at, 0, [id, node]));
  return nodes;
}

function withWire(wires: readonly Wire[], before: PlacedWire | null, after: PlacedWire | null): readonly Wire[] {
  const rest = before ? wires.filter((wire) => wire.id !== before.wire.id) : wires;
  return after ? rest.toSpliced(after.index, 0, after.wire) : rest;
}

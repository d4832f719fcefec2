/** Adds the node that was chosen, where and how the question was asked. */
import { addAt, type Added, addForVariable, addOnWire, addWired } from "../model/inserting.ts";
import type { NodeType, Pin, Point } from "../model/types.ts";
import { fittingPin } from "../model/library.ts";
import { pinsForWire } from "../model/inserting.ts";
import { pinAt } from "../model/wiring.ts";
import { currentCatalog, currentResolved } from "../state/catalog.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, edit, select } from "../state/document.ts";
import { say } from "../state/view.ts";
import type { Question } from "./question.ts";
import { remember } from "./recent.ts";

export function insert(type: NodeType, question: Question): void {
  if (question.wire && !pinsForWire(currentDocument(), currentCatalog(), currentResolved(), question.wire, type)) {
    say(`${type.label} does not fit onto this wire. It lies beside it.`, "error");
  }
  remember(type.id);
  settle(addedBy(type, question));
}

function settle(added: Added): void {
  if (!edit(added.transaction)) return;
  select([added.node.id]);
  say(`Added ${added.node.data.label}`);
  camera().focusNode(added.node.id);
}

/** Adds a node that reads (`Get`) or changes (`Set`) a variable. */
export function insertForVariable(name: string, verb: "Get" | "Set", at: Point): void {
  const type = currentCatalog().types.get(`${verb}Variable`);
  if (type) settle(addForVariable(currentDocument(), type, name, verb, at));
}

/** Adds without pointing: in the middle of what is seen. */
export function insertFree(type: NodeType): void {
  insert(type, { screen: { x: 0, y: 0 }, at: camera().freePlace() });
}

/** The node types that can answer a question. */
export function fitting(question: Question | null): readonly NodeType[] {
  const { nodes } = currentCatalog().library;
  if (question?.wire) return nodes.filter((type) => pinsForWire(currentDocument(), currentCatalog(), currentResolved(), question.wire!, type));
  const pin = question?.from && pinAt(currentDocument(), currentCatalog(), currentResolved(), question.from);
  return question?.from && pin ? nodes.filter((type) => fits(type, pin, question.from!.side)) : nodes;
}

function fits(type: NodeType, pin: Pin, side: "input" | "output"): boolean {
  return fittingPin(currentCatalog(), type, pin, side) !== undefined;
}

function addedBy(type: NodeType, { at, from, wire }: Question): Added {
  const document = currentDocument();
  if (wire) return addOnWire(document, currentCatalog(), currentResolved(), type, at, wire);
  return from ? addWired(document, currentCatalog(), currentResolved(), type, at, from) : addAt(document, type, at);
}

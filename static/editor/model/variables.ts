/** Variables, and everything in a graph that names one. */
import type { Change, Transaction } from "./changes.ts";
import type { Document } from "./document.ts";
import type { GraphNode, Json, Values } from "./types.ts";

/** Nodes whose pin Name holds a variable's name. */
const NAMING = new Set(["GetVariable", "SetVariable", "IncrementVariable", "AppendToArray", "AppendToString"]);

/** The inputs of a node whose whole text is one expression; in any other text expressions stand between braces. */
export type FormulasOf = (node: GraphNode) => ReadonlySet<string>;

const NO_FORMULAS: FormulasOf = () => new Set();

/** The nodes that name a variable, in a pin or in an expression. */
export function usesOf(document: Document, name: string, formulasOf: FormulasOf = NO_FORMULAS): GraphNode[] {
  return [...document.nodes.values()].filter((node) => renamed(node, name, `${name}\u0000`, formulasOf) !== node);
}

/** Renames a variable wherever it is named. Null for a name that is empty, taken or the same. */
export function renameVariable(document: Document, from: string, to: string, formulasOf: FormulasOf = NO_FORMULAS): Transaction | null {
  if (!to || document.variables.some(({ name }) => name === to)) return null;
  const variables = document.variables.map((variable) => (variable.name === from ? { ...variable, name: to } : variable));
  const changes: Change[] = [{ kind: "variables", before: document.variables, after: variables }];
  for (const before of document.nodes.values()) {
    const after = renamed(before, from, to, formulasOf);
    if (after !== before) changes.push({ kind: "node", id: before.id, before, after });
  }
  return { label: `Rename ${from} to ${to}`, changes };
}

function renamed(node: GraphNode, from: string, to: string, formulasOf: FormulasOf): GraphNode {
  const inText = replacer(from, to);
  const formulas = formulasOf(node);
  const inPin = (pin: string, value: Json): Json => {
    if (pin === "name" && NAMING.has(node.type) && value === from) return to;
    return typeof value === "string" && formulas.has(pin) ? inText(value) : inValue(value, (text) => inBraces(text, inText));
  };
  const typed = (values: Values): Values => same(values, Object.fromEntries(Object.entries(values).map(([pin, value]) => [pin, inPin(pin, value)])));
  const [defaults, properties] = [typed(node.data.defaults), typed(node.data.properties)];
  const isSame = defaults === node.data.defaults && properties === node.data.properties;
  return isSame ? node : { ...node, data: { ...node.data, defaults, properties } };
}

function inValue(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const next = value.map((item) => inValue(item, change));
    return next.some((item, index) => item !== value[index]) ? next : value;
  }
  if (value === null || typeof value !== "object") return value;
  return same(value, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inValue(item, change)]))) as Json;
}

/** The values as they were where none of them is another. */
function same(before: Values, after: Values): Values {
  return Object.keys(after).some((key) => after[key] !== before[key]) ? after : before;
}

function inBraces(text: string, change: (expression: string) => string): string {
  return text.replace(/\{\{[\s\S]*?\}\}/g, change);
}

/** Changes `vars.name` and `vars["name"]` in an expression, and nothing within its texts. */
function replacer(from: string, to: string): (expression: string) => string {
  const name = from.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const vars = "(?<![\\w.])vars\\s*";
  const found = new RegExp(`(${vars}\\.\\s*${name}(?!\\w)|${vars}\\[\\s*(["'])${name}\\2\\s*\\])|(["'])(?:\\\\.|(?!\\3)[^\\\\])*\\3`, "g");
  const path = /^[A-Za-z_]\w*$/.test(to) ? `vars.${to}` : `vars[${JSON.stringify(to)}]`;
  return (expression) => expression.replace(found, (all, hit: string | undefined) => (hit === undefined ? all : path));
}

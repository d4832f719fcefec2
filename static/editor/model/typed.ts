/** What people type into a field, and the value that it stands for. Text that stands for none is kept as it is: the
 * server says what is wrong with it, and nothing that was typed is lost. */
import type { Json, PinType } from "./types.ts";

const EXPRESSION = /\{\{/;
const STRUCTURED: ReadonlySet<PinType> = new Set(["Object", "Array"]);

export function hasExpression(value: Json | undefined): boolean {
  return typeof value === "string" && EXPRESSION.test(value);
}

export function parseTyped(type: PinType, text: string): Json {
  if (hasExpression(text) && !looksLikeJson(text)) return text;
  if (type === "Integer" || type === "Float") return parseNumber(type, text);
  if (STRUCTURED.has(type) || type === "Null") return parseJson(text) ?? text;
  if (type === "Boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

/** A value as it is edited. */
export function typedText(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** The value of JSON text; undefined where it is none. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Why a text is not JSON; empty where it is. */
export function jsonFault(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

function parseNumber(type: "Integer" | "Float", text: string): Json {
  const number = Number(text);
  const isNumber = text.trim() !== "" && Number.isFinite(number) && (type === "Float" || Number.isSafeInteger(number));
  return isNumber ? number : text;
}

/** An object or array whose texts hold expressions is still one. */
function looksLikeJson(text: string): boolean {
  return /^\s*[[{](?!\{)/.test(text) && parseJson(text) !== undefined;
}

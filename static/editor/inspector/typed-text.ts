import { useState } from "react";
import { typedText } from "../model/typed.ts";
import type { Json } from "../model/types.ts";

/**
 * The text of a field and what to call when it changes. What was typed stays as it was typed while it stands for the
 * value that is held, or for none: else “1.” would become “1” under the fingers, and JSON would be laid out anew at every key.
 */
export function useTypedText(value: Json | undefined, parse: (text: string) => Json | undefined, onChange: (value: Json | undefined) => void): readonly [string, (text: string) => void] {
  const [typed, setTyped] = useState<string | null>(null);
  const read = typed === null ? undefined : parse(typed);
  const isHeld = typed !== null && (read === undefined || JSON.stringify(read) === JSON.stringify(value));
  const change = (text: string) => {
    setTyped(text);
    onChange(parse(text));
  };
  return [isHeld ? typed : typedText(value), change];
}

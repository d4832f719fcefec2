import { useEffect, useRef, useState } from "react";
import { boot } from "../boot.ts";
import { Dialog } from "../dialog.tsx";
import { Icon } from "../icon.tsx";
import type { Field, Language } from "./code-mirror.ts";

interface Props {
  readonly label: string;
  readonly text: string;
  readonly language: Language;
  readonly isReadOnly: boolean;
  readonly onChange: (text: string) => void;
}

/** A field for JSON or code, with a larger one in a dialog. */
export function CodeField(props: Props) {
  const [isLarge, setLarge] = useState(false);
  return (
    <div className="code-field">
      <Code {...props} isLarge={false} />
      <button type="button" className="button quiet icon-only small" aria-label={`Edit ${props.label} in a larger field`} title="Larger" onClick={() => setLarge(true)}><Icon name="expand" size={14} /></button>
      {isLarge && <Dialog title={props.label} size="wide" onClose={() => setLarge(false)}><Code {...props} isLarge /></Dialog>}
    </div>
  );
}

export function Code({ label, text, language, isReadOnly, onChange, isLarge }: Props & { readonly isLarge: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const field = useRef<Field | null>(null);
  const tell = useRef(onChange);
  tell.current = onChange;
  const first = useRef(text);
  first.current = text;
  useEffect(() => {
    let isGone = false;
    void import("./code-mirror.ts").then(({ makeField }) => {
      if (isGone || !place.current) return;
      place.current.replaceChildren();
      field.current = makeField(place.current, { text: first.current, language, label, nonce: boot.cspNonce, isReadOnly, isLarge, onChange: (now) => tell.current(now) });
    });
    return () => {
      isGone = true;
      field.current?.destroy();
      field.current = null;
    };
  }, [language, label, isReadOnly, isLarge]);
  useEffect(() => field.current?.setText(text), [text]);
  return (
    <div className={isLarge ? "code large" : "code"} ref={place}>
      <textarea aria-label={label} value={text} readOnly={isReadOnly} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}

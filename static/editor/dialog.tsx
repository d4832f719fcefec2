import { type ReactNode, useEffect, useId, useRef } from "react";
import { Icon } from "./icon.tsx";

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  readonly onClose: () => void;
  readonly size?: "small" | "wide";
}

/** A modal dialog; Escape and the cross close it. */
export function Dialog({ title, children, onClose, size = "small" }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog ref={element} className={`dialog editor-dialog ${size}`} aria-labelledby={id} onClose={onClose} onKeyDown={(event) => event.stopPropagation()}>
      <header className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button quiet icon-only" aria-label="Close" onClick={() => element.current?.close()}><Icon name="close" /></button>
      </header>
      {children}
    </dialog>
  );
}

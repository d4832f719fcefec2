import { useState } from "react";
import { renameNode } from "../model/commands.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { create } from "zustand";

/** The node whose name is being typed on the canvas. */
export const useRenaming = create<{ readonly id: string | null }>(() => ({ id: null }));

export function NodeTitle({ id, label }: { readonly id: string; readonly label: string }) {
  const isRenaming = useRenaming((state) => state.id === id);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  if (isRenaming && !isReadOnly) return <TitleField id={id} label={label} />;
  return <span className="node-title" onDoubleClick={() => useRenaming.setState({ id })}>{label}</span>;
}

function TitleField({ id, label }: { readonly id: string; readonly label: string }) {
  const [text, setText] = useState(label);
  const end = (keep: boolean) => {
    useRenaming.setState({ id: null });
    if (keep && text.trim()) edit(renameNode(currentDocument(), id, text));
  };
  return (
    <input
      className="node-title nodrag"
      aria-label="Name of the node"
      autoFocus
      value={text}
      maxLength={200}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Enter" && event.key !== "Escape") return;
        const node = event.currentTarget.closest<HTMLElement>(".react-flow__node");
        end(event.key === "Enter");
        node?.focus({ preventScroll: true });
      }}
    />
  );
}

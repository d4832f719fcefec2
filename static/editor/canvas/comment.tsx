import { type NodeProps, NodeResizer } from "@xyflow/react";
import { memo } from "react";
import { setProperty } from "../model/commands.ts";
import { currentDocument, edit, useDocument } from "../state/document.ts";
import { describedBy, type FlowNode } from "./node-views.ts";
import { isDrawnAlike } from "./node.tsx";
import { useRenaming } from "./title.tsx";

/** A note on the canvas, behind the nodes. Dragging it moves what lies in it; a double click edits its text. */
export const CommentNode = memo(function CommentNode({ id, data: { node }, selected }: NodeProps<FlowNode>) {
  const isReadOnly = useDocument((state) => state.isReadOnly);
  const isEdited = useRenaming((state) => state.id === id);
  const text = String(node.data.properties.text ?? "");
  const colour = String(node.data.properties.color ?? "yellow");
  return (
    <div className="comment" data-selected={selected} data-colour={colour} onDoubleClick={() => useRenaming.setState({ id })}>
      {!isReadOnly && <NodeResizer isVisible={selected} minWidth={120} minHeight={60} />}
      {isEdited && !isReadOnly ? <CommentField id={id} text={text} /> : <p className="comment-text">{text || <span className="muted">Double-click to write</span>}</p>}
      <span hidden id={describedBy(id)}>{node.data.properties.carriesNodes === false ? "" : "Moves what lies in it."}</span>
    </div>
  );
}, isDrawnAlike);

function CommentField({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <textarea
      className="nodrag nowheel nokey"
      aria-label="Text of the comment"
      autoFocus
      value={text}
      placeholder="A note for whoever comes next"
      onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
      onChange={(event) => edit(setProperty(currentDocument(), id, "text", event.target.value))}
      onBlur={() => useRenaming.setState({ id: null })}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Escape") return;
        const node = event.currentTarget.closest<HTMLElement>(".react-flow__node");
        useRenaming.setState({ id: null });
        node?.focus({ preventScroll: true });
      }}
    />
  );
}

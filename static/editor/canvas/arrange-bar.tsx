import { Panel } from "@xyflow/react";
import { Icon } from "../icon.tsx";
import { useDocument } from "../state/document.ts";
import { alignSelected, distributeSelected, layOutSelected, straightenSelected } from "./arrange.ts";

const SIDES = ["left", "centre", "right", "top", "middle", "bottom"] as const;

/** Appears while two nodes or more are selected. */
export function ArrangeBar() {
  const count = useDocument((state) => state.selection.nodes.size);
  const isReadOnly = useDocument((state) => state.isReadOnly);
  if (count < 2 || isReadOnly) return null;
  return (
    <Panel position="top-center" className="arrange-bar" role="toolbar" aria-label={`Arrange ${count} nodes`}>
      {SIDES.map((side) => <Button key={side} icon={`align-${side}`} label={`Align ${side}`} onClick={() => alignSelected(side)} />)}
      <Button icon="distribute-x" label="Distribute from left to right" isOff={count < 3} onClick={() => distributeSelected("x")} />
      <Button icon="distribute-y" label="Distribute from top to bottom" isOff={count < 3} onClick={() => distributeSelected("y")} />
      <Button icon="straighten" label="Straighten wires" onClick={straightenSelected} />
      <Button icon="layout" label="Lay out" onClick={() => void layOutSelected()} />
    </Panel>
  );
}

interface ButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly isOff?: boolean;
  readonly onClick: () => void;
}

function Button({ icon, label, isOff = false, onClick }: ButtonProps) {
  return <button type="button" className="button quiet icon-only small" aria-label={label} title={label} disabled={isOff} onClick={onClick}><Icon name={icon} /></button>;
}

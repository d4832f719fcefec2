import { Background, BackgroundVariant, ControlButton, Controls, MiniMap, ReactFlow, ReactFlowProvider, SelectionMode, useReactFlow, useStore } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { type DragEvent, type FocusEvent, memo, type MouseEvent, useEffect, useRef } from "react";
import { Icon } from "../icon.tsx";
import { HelpDialog } from "../keyboard/help.tsx";
import { openHelp } from "../keyboard/help-state.ts";
import { KeyboardWiring } from "../keyboard/wiring.tsx";
import { GRID } from "../model/geometry.ts";
import { insert } from "../palette/insert.ts";
import { DRAGGED_TYPE, DRAGGED_VARIABLE } from "../palette/library.tsx";
import { PaletteMenu } from "../palette/menu.tsx";
import { camera, setCamera } from "../state/camera.ts";
import { currentCatalog } from "../state/catalog.ts";
import { useDocument } from "../state/document.ts";
import { makeCamera } from "./camera.ts";
import { listenToClipboard } from "./clipboard.ts";
import { CommentNode } from "./comment.tsx";
import { layOutSelected } from "./arrange.ts";
import { ArrangeBar } from "./arrange-bar.tsx";
import { startBox } from "./adding.ts";
import { useDragged } from "./dragged.ts";
import { DraggedWire } from "./dragged-wire.tsx";
import { type FlowEdge, type FlowNode, useFlow } from "./flow.ts";
import { rememberFocus } from "./focused.ts";
import { ask, HANDLERS } from "./handlers.ts";
import { ContextMenu, openMenuByKey, openVariableMenu } from "./menu.tsx";
import { PatternNode } from "./node.tsx";
import { useTheme } from "./theme.ts";
import { PatternWire } from "./wire.tsx";

const NODE_TYPES = { pattern: PatternNode, comment: CommentNode };
const EDGE_TYPES = { pattern: PatternWire };
const PAN_BUTTONS = [1, 2];
const SNAP: [number, number] = [GRID, GRID];
const MAP_SIZE = { width: 150, height: 100 };
const FAR = 0.3; // from here on, what is written on pins cannot be read
const ADDING_KEYS = ["Shift", "Control", "Meta"];

export function Canvas() {
  return (
    <ReactFlowProvider>
      <Surface />
      <PaletteMenu />
      <ContextMenu />
      <KeyboardWiring />
      <HelpDialog />
    </ReactFlowProvider>
  );
}

function Surface() {
  const surface = useRef<HTMLDivElement>(null);
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const { nodes, edges, onNodesChange, onEdgesChange } = useFlow();
  const isReadOnly = useDocument((state) => state.isReadOnly);
  const isFar = useStore((state) => state.transform[2] < FAR);
  const theme = useTheme();
  const isDragging = useDragged((state) => state.from !== null);
  useEffect(() => (isReadOnly ? undefined : listenToClipboard()), [isReadOnly]);
  useEffect(() => {
    setCamera(makeCamera(flow, surface.current!));
    camera().fit();
    return () => setCamera(null);
  }, [flow]);
  return (
    <div className="canvas" ref={surface} data-wiring={isDragging} data-far={isFar} onPointerDownCapture={startBox} onDragOver={allowDrop} onDrop={drop} onDoubleClick={askInTheOpen} onContextMenu={openMenuByKey} onFocusCapture={noteFocus}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        connectionLineComponent={DraggedWire}
        {...HANDLERS}
        tabIndex={-1}
        colorMode={theme}
        connectOnClick={false}
        disableKeyboardA11y
        edgesReconnectable={!isReadOnly}
        reconnectRadius={12}
        nodesDraggable={!isReadOnly}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={ADDING_KEYS}
        panActivationKeyCode="Space"
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        panOnDrag={PAN_BUTTONS}
        panOnScroll
        zoomOnDoubleClick={false}
        snapToGrid
        snapGrid={SNAP}
        minZoom={0.1}
        maxZoom={2}
        connectionRadius={24}
        onlyRenderVisibleElements
        elevateNodesOnSelect={false}
              >
        <Furniture isReadOnly={isReadOnly} />
      </ReactFlow>
    </div>
  );
}

/** What stands round the nodes; not drawn again while they move. */
const Furniture = memo(function Furniture({ isReadOnly }: { readonly isReadOnly: boolean }) {
  return (
    <>
      <Background variant={BackgroundVariant.Dots} gap={2 * GRID} />
      <MiniMap pannable style={MAP_SIZE} zoomable ariaLabel="Map of the pattern" nodeClassName={miniature} />
      <Controls showInteractive={false} onFitView={fit}>
        {!isReadOnly && <ControlButton onClick={() => void layOutSelected()} title="Lay out (Shift+L)" aria-label="Lay out"><Icon name="layout" /></ControlButton>}
        <ControlButton onClick={openHelp} title="Keys (?)" aria-label="Keys"><b aria-hidden="true">?</b></ControlButton>
      </Controls>
      <ArrangeBar />
    </>
  );
});

function fit(): void {
  camera().fit();
}

function miniature({ type, data }: FlowNode): string {
  return type === "comment" ? "kind-comment" : `kind-${data.type?.kind ?? "unknown"}`;
}

function askInTheOpen(event: MouseEvent): void {
  if ((event.target as Element).classList.contains("react-flow__pane")) ask(event, event.clientX, event.clientY);
}

/** A node from the library: onto a wire, or where it was let go. */
function drop(event: DragEvent<HTMLElement>): void {
  const screen = { x: event.clientX, y: event.clientY };
  const variable = event.dataTransfer.getData(DRAGGED_VARIABLE);
  const type = currentCatalog().types.get(event.dataTransfer.getData(DRAGGED_TYPE));
  if (type || variable) event.preventDefault();
  if (variable) openVariableMenu(variable, screen, camera().toCanvas(screen));
  if (!type) return;
  const wire = (event.target as Element).closest(".react-flow__edge")?.getAttribute("data-id");
  insert(type, { screen, at: camera().toCanvas(screen), ...(wire && { wire }) });
}

function noteFocus({ target }: FocusEvent): void {
  const id = target.closest(".react-flow__node")?.getAttribute("data-id");
  if (id) rememberFocus(id);
}

function allowDrop(event: DragEvent<HTMLElement>): void {
  if ([DRAGGED_TYPE, DRAGGED_VARIABLE].some((kind) => event.dataTransfer.types.includes(kind))) event.preventDefault();
}


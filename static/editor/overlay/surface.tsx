import { Background, BackgroundVariant, Controls, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { useEffect, useRef } from "react";
import { makeCamera } from "../canvas/camera.ts";
import { CommentNode } from "../canvas/comment.tsx";
import { type FlowEdge, type FlowNode, useFlow } from "../canvas/flow.ts";
import { PatternNode } from "../canvas/node.tsx";
import { useTheme } from "../canvas/theme.ts";
import { PatternWire } from "../canvas/wire.tsx";
import { GRID } from "../model/geometry.ts";
import { camera, setCamera } from "../state/camera.ts";

const NODE_TYPES = { pattern: PatternNode, comment: CommentNode };
const EDGE_TYPES = { pattern: PatternWire };

/** The canvas to look at: it pans and zooms, and a click chooses a node. */
export function Surface() {
  return <ReactFlowProvider><Looked /></ReactFlowProvider>;
}

function Looked() {
  const surface = useRef<HTMLDivElement>(null);
  const flow = useReactFlow<FlowNode, FlowEdge>();
  const { nodes, edges, onNodesChange, onEdgesChange } = useFlow();
  const theme = useTheme();
  useEffect(() => {
    setCamera(makeCamera(flow, surface.current!));
    camera().fit();
    return () => setCamera(null);
  }, [flow]);
  return (
    <div className="canvas" ref={surface}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        colorMode={theme}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        zoomOnScroll={false}
        preventScrolling={false}
        zoomOnDoubleClick={false}
        minZoom={0.1}
        maxZoom={2}
        onlyRenderVisibleElements
        elevateNodesOnSelect={false}
      >
        <Background variant={BackgroundVariant.Dots} gap={2 * GRID} />
        <Controls showInteractive={false} onFitView={() => camera().fit()} />
      </ReactFlow>
    </div>
  );
}

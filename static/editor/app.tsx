import { boot } from "./boot.ts";
import { BottomPanel } from "./bottom.tsx";
import { Canvas } from "./canvas/canvas.tsx";
import { DataPanel } from "./console/data.tsx";
import { Inspector } from "./inspector/inspector.tsx";
import { Notice } from "./notice.tsx";
import { SaveDialogs } from "./saving/dialogs.tsx";
import { useView } from "./state/view.ts";
import { Toolbar } from "./toolbar.tsx";

export function App() {
  const isInspectorOpen = useView((view) => view.isInspectorOpen);
  return (
    <div className="editor" data-inspector={isInspectorOpen ? "open" : "closed"}>
      <Toolbar />
      {boot.version !== null && <p className="banner">Version {boot.version}, as it was deployed. <a href={`/patterns/${boot.patternId}`}>Back to the draft</a></p>}
      <div className="editor-middle">
        {isInspectorOpen && <Inspector />}
        <Canvas />
        <DataPanel />
      </div>
      <BottomPanel />
      <SaveDialogs />
      <Notice />
    </div>
  );
}

/** Every key of the editor and what it does: what is done, and what the list of keys shows. */
import { layOutSelected } from "../canvas/arrange.ts";
import { duplicate } from "../canvas/clipboard.ts";
import { focusedNode } from "../canvas/focused.ts";
import { useRenaming } from "../canvas/title.tsx";
import { openRun } from "../console/actions.ts";
import { remove } from "../model/commands.ts";
import { openPalette } from "../palette/question.ts";
import { nextProblem } from "../saving/problems.tsx";
import { saveNow } from "../saving/saving.ts";
import { camera } from "../state/camera.ts";
import { currentDocument, currentSelection, edit, redo, select, undo, useDocument } from "../state/document.ts";
import { say, toggleBottom, toggleInspector, useView } from "../state/view.ts";
import { openHelp } from "./help-state.ts";
import { currentNode, go, nudge } from "./moving.ts";
import { startWiring } from "./wiring-state.ts";

export interface Shortcut {
  /** As `shortcut` words them; the first is shown. */
  readonly keys: readonly string[];
  readonly does: string;
  readonly group: string;
  /** False where the keys mean something else to what has the keyboard. */
  readonly run: (event: KeyboardEvent) => void | boolean;
  /** Only while nothing but the canvas has the keyboard. */
  readonly onCanvas?: boolean;
}

const GENERAL: Shortcut[] = [
  { keys: ["mod+z"], does: "Undo", group: "Editor", run: () => tell("Undone", undo()) },
  { keys: ["mod+shift+z", "mod+y"], does: "Do again", group: "Editor", run: () => tell("Done again", redo()) },
  { keys: ["mod+s"], does: "Save now", group: "Editor", run: () => void saveNow() },
  { keys: ["mod+enter"], does: "Run", group: "Editor", run: () => void openRun() },
  { keys: ["mod+b"], does: "Open or close the inspector", group: "Editor", run: toggleInspector },
  { keys: ["mod+j"], does: "Open or close the panel below", group: "Editor", run: toggleBottom },
  { keys: ["f8"], does: "Go to the next problem", group: "Editor", run: () => nextProblem(1) },
  { keys: ["shift+f8"], does: "Go to the problem before", group: "Editor", run: () => nextProblem(-1) },
  { keys: ["?"], does: "Show these keys", group: "Editor", onCanvas: true, run: openHelp },
];

const NODES: Shortcut[] = [
  { keys: ["n", "tab"], does: "Search for a node to add", group: "Nodes and wires", onCanvas: true, run: searchForNode },
  { keys: ["delete", "backspace"], does: "Remove what is selected", group: "Nodes and wires", onCanvas: true, run: removeSelected },
  { keys: ["f2"], does: "Rename the node, edit the comment", group: "Nodes and wires", onCanvas: true, run: rename },
  { keys: ["enter"], does: "Go to the node's fields in the inspector; Escape comes back", group: "Nodes and wires", onCanvas: true, run: enterInspector },
  { keys: ["w"], does: "Draw a wire: choose a pin, then where it leads", group: "Nodes and wires", onCanvas: true, run: wire },
  { keys: ["mod+d"], does: "Duplicate", group: "Nodes and wires", onCanvas: true, run: duplicate },
  { keys: ["arrowleft"], does: "Move by one step of the grid", group: "Nodes and wires", onCanvas: true, run: () => nudge("left", 1) },
  ...nudges("", 1),
  { keys: ["shift+arrowleft"], does: "Move by five steps", group: "Nodes and wires", onCanvas: true, run: () => nudge("left", 5) },
  ...nudges("shift+", 5),
  { keys: ["shift+l"], does: "Arrange what is selected, or everything", group: "Nodes and wires", onCanvas: true, run: () => void layOutSelected() },
];

const MOVING: Shortcut[] = [
  { keys: ["alt+arrowright"], does: "Go on along the wires", group: "Moving about", onCanvas: true, run: () => go("right") },
  { keys: ["alt+arrowleft"], does: "Go back along the wires", group: "Moving about", onCanvas: true, run: () => go("left") },
  { keys: ["alt+arrowup"], does: "Go to the node above", group: "Moving about", onCanvas: true, run: () => go("up") },
  { keys: ["alt+arrowdown"], does: "Go to the node below", group: "Moving about", onCanvas: true, run: () => go("down") },
  { keys: ["space"], does: "Select the node, or not", group: "Moving about", onCanvas: true, run: toggleSelected },
  { keys: ["mod+a"], does: "Select everything", group: "Moving about", onCanvas: true, run: () => select(currentDocument().nodes.keys()) },
  { keys: ["escape"], does: "Select nothing", group: "Moving about", onCanvas: true, run: () => select([]) },
  { keys: ["f"], does: "Show everything", group: "Moving about", onCanvas: true, run: () => camera().fit() },
  { keys: ["1"], does: "Zoom to 100 %", group: "Moving about", onCanvas: true, run: () => camera().zoom({ to: 1 }) },
  { keys: ["+", "="], does: "Nearer", group: "Moving about", onCanvas: true, run: () => camera().zoom({ factor: 1.25 }) },
  { keys: ["-"], does: "Further", group: "Moving about", onCanvas: true, run: () => camera().zoom({ factor: 0.8 }) },
];

export const SHORTCUTS: readonly Shortcut[] = [...GENERAL, ...NODES, ...MOVING];

/** The other three ways; the list shows one for all. */
function nudges(prefix: string, steps: number): Shortcut[] {
  return (["right", "up", "down"] as const).map((way) => ({ keys: [`${prefix}arrow${way}`], does: "", group: "Nodes and wires", onCanvas: true, run: () => nudge(way, steps) }));
}

function removeSelected(): void {
  const { nodes, wires } = currentSelection();
  const focused = focusedNode();
  const chosen = nodes.size || wires.size || !focused ? nodes : [focused];
  const done = remove(currentDocument(), chosen, wires);
  if (!edit(done)) return;
  say(done!.label);
  camera().focus();
}

function rename(): void {
  const id = currentNode();
  if (id) useRenaming.setState({ id });
}

/** Tab goes on to the next thing, unless the canvas itself has the keyboard, and no node on it. */
function searchForNode(event: KeyboardEvent): boolean {
  if (useDocument.getState().isReadOnly || (event.key === "Tab" && !document.activeElement?.classList.contains("react-flow"))) return false;
  const at = camera().freePlace();
  openPalette({ at, screen: camera().toScreen(at) });
  return true;
}

function wire(): void {
  const id = currentNode();
  if (id) startWiring(id);
  else say("Select the node that the wire shall begin at.");
}

function enterInspector(): boolean {
  const id = focusedNode();
  if (!id) return false;
  select([id]);
  useView.setState({ isInspectorOpen: true });
  requestAnimationFrame(() => document.querySelector<HTMLElement>(".inspector :is(input, textarea, select, button)")?.focus());
  return true;
}

function toggleSelected(): boolean {
  const id = focusedNode();
  if (!id) return false;
  const { nodes, wires } = currentSelection();
  select(nodes.has(id) ? [...nodes].filter((other) => other !== id) : [...nodes, id], wires);
  return true;
}

function tell(verb: string, label: string | null): void {
  if (label) say(`${verb}: ${label}`);
}

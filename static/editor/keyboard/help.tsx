import { Dialog } from "../dialog.tsx";
import { useHelp } from "./help-state.ts";
import { type Shortcut, SHORTCUTS } from "./table.ts";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Record<string, string> = { mod: IS_MAC ? "⌘" : "Ctrl", alt: IS_MAC ? "⌥" : "Alt", shift: "Shift", arrowleft: "←", arrowright: "→", arrowup: "↑", arrowdown: "↓", escape: "Esc", delete: "Delete", space: "Space" };
// The browser tells of these by events of its own, so that they are not in the table.
const CLIPBOARD = { does: "Copy, cut, paste", group: "Nodes and wires" };
const POINTER: readonly (readonly [string, string])[] = [
  ["Right-click", "Search for a node; on a node or wire, its menu"],
  ["Right or middle drag, wheel", "Move the canvas; with Ctrl the wheel zooms"],
  ["Drag in the open", "Select by a box; with Shift, add to what is selected"],
  ["Alt+click on a pin", "Remove its wires"],
  ["Drag the end of a wire", "Wire it anew; in the open, remove it"],
  ["Double-click", "Rename a node, edit a comment"],
];

/** The list of all keys. */
export function HelpDialog() {
  const isOpen = useHelp((state) => state.isOpen);
  if (!isOpen) return null;
  const groups = Map.groupBy(SHORTCUTS.filter(({ does }) => does), ({ group }) => group);
  return (
    <Dialog title="Keys" size="wide" onClose={() => useHelp.setState({ isOpen: false })}>
      <div className="key-groups">
        {[...groups].map(([group, entries]) => <Group key={group} name={group} rows={[...entries.map((entry) => [shown(entry), entry.does] as const), ...(group === CLIPBOARD.group ? [[`${NAMES.mod}+C, X, V`, CLIPBOARD.does] as const] : [])]} />)}
        <Group name="Pointer" rows={POINTER} />
      </div>
    </Dialog>
  );
}

function Group({ name, rows }: { readonly name: string; readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3>{name}</h3>
      <dl>{rows.map(([keys, does]) => <div key={keys}><dt><kbd>{keys}</kbd></dt><dd>{does}</dd></div>)}</dl>
    </section>
  );
}

/** “Ctrl+Shift+Z”; of the four arrows all at once. */
function shown({ keys, does }: Shortcut): string {
  const words = keys[0]!.split(/\+(?=.)/).map((part) => NAMES[part] ?? part.charAt(0).toUpperCase() + part.slice(1));
  return does.startsWith("Move by") ? `${words.slice(0, -1).map((word) => `${word}+`).join("")}arrows` : words.join("+");
}

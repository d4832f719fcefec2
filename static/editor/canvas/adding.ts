/** A box drawn with Shift, Ctrl or Cmd held adds to what is selected. */
import { currentSelection, NO_SELECTION, type Selection } from "../state/document.ts";

let kept: Selection = NO_SELECTION;

export const keptWhileBoxing = (): Selection => kept;

export function startBox(event: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean; target: EventTarget | null }): void {
  const isOnPane = event.target instanceof Element && event.target.classList.contains("react-flow__pane");
  kept = isOnPane && (event.shiftKey || event.ctrlKey || event.metaKey) ? currentSelection() : NO_SELECTION;
}

/** The node types that this browser has added last. */
const KEY = "dragops.editor.recent";
const KEPT = 6;

export function recent(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((id) => typeof id === "string").slice(0, KEPT) : [];
  } catch {
    return [];
  }
}

export function remember(typeId: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([typeId, ...recent().filter((id) => id !== typeId)].slice(0, KEPT)));
  } catch {
    // A browser that keeps nothing has no recent nodes.
  }
}

/** Finds node types by what people type: misspelt, abbreviated, or in the words of other tools. */
import Fuse from "fuse.js";
import type { NodeType } from "./types.ts";

export interface Finder {
  /** The types that fit a text, best first; all of them, as they came, for an empty one. */
  find(text: string): readonly NodeType[];
}

interface Entry {
  readonly type: NodeType;
  readonly label: string;
  readonly words: string;
  readonly category: string;
  readonly help: string;
}

export function makeFinder(types: readonly NodeType[], synonyms: Readonly<Record<string, string>> = {}): Finder {
  const entries: Entry[] = types.map((type) => ({
    type,
    label: type.label,
    words: synonyms[type.id] ?? "",
    category: type.category,
    help: type.description.slice(0, 200),
  }));
  const fuse = new Fuse(entries, {
    keys: [
      { name: "label", weight: 6 },
      { name: "words", weight: 3 },
      { name: "category", weight: 1 },
      { name: "help", weight: 0.5 },
    ],
    threshold: 0.34,
    ignoreLocation: true,
    includeScore: true,
  });
  return { find: (text) => (text.trim() ? ranked(fuse, text.trim()) : types) };
}

/** A label that is, or begins with, what was typed comes before one that merely resembles it. */
function ranked(fuse: Fuse<Entry>, text: string): NodeType[] {
  const wanted = text.toLowerCase();
  const found = fuse.search(text).map(({ item, score = 1 }) => ({ type: item.type, score: score + handicap(item, wanted) }));
  return found.sort((one, other) => one.score - other.score).map(({ type }) => type);
}

function handicap({ label, words }: Entry, wanted: string): number {
  const name = label.toLowerCase();
  if (name === wanted) return 0;
  if (name.startsWith(wanted)) return 1;
  if (words.split(" ").includes(wanted) || name.split(/\W+/).some((word) => word.startsWith(wanted))) return 2;
  return 3;
}

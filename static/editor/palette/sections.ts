/** Node types under headings, as a list of them is shown while nothing is typed. */
import type { NodeType } from "../model/types.ts";

export interface Section {
  readonly name: string;
  readonly types: readonly NodeType[];
}

export const USED_LAST = "Used last";

/** Those used last, the latest first, then the others by category in the order in which categories come. */
export function sectionsOf(types: readonly NodeType[], recent: readonly string[]): readonly Section[] {
  const last = recent.flatMap((id) => types.find((type) => type.id === id) ?? []);
  const groups = Map.groupBy(types.filter((type) => !last.includes(type)), (type) => type.category);
  const categories = [...groups].map(([name, members]) => ({ name, types: members }));
  return last.length ? [{ name: USED_LAST, types: last }, ...categories] : categories;
}

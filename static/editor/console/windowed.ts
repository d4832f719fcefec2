/** Which rows of a long list are in sight: only those are drawn. */

export interface Window {
  readonly first: number;
  readonly last: number;
}

const AROUND = 8;

/** The rows to draw of `count`, from `first` up to and without `last`. */
export function windowOf(scrollTop: number, height: number, rowHeight: number, count: number): Window {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - AROUND);
  return { first: Math.min(first, count), last: Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + AROUND) };
}

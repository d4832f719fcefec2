import { Icon } from "../icon.tsx";

interface Props {
  readonly what: string;
  readonly isReadOnly: boolean;
  readonly isFirst: boolean;
  readonly onUp: () => void;
  readonly onRemove: () => void;
}

/** What can be done with a row of a list. */
export function RowButtons({ what, isReadOnly, isFirst, onUp, onRemove }: Props) {
  if (isReadOnly) return null;
  return (
    <>
      <button type="button" className="button quiet icon-only small" disabled={isFirst} aria-label={`Move ${what} up`} title="Move up" onClick={onUp}><Icon name="up" size={13} /></button>
      <button type="button" className="button quiet icon-only small" aria-label={`Remove ${what}`} title="Remove" onClick={onRemove}><Icon name="close" size={13} /></button>
    </>
  );
}

/** A list in which one item has changed places with the one before. */
export function moved<T>(items: readonly T[], index: number): T[] {
  return items.map((item, at) => (at === index - 1 ? items[index]! : at === index ? items[index - 1]! : item));
}

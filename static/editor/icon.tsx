import { boot } from "./boot.ts";

/** A drawing from the page's sprite: decoration, so that whatever it stands in needs a label. */
export function Icon({ name, size = 16 }: { readonly name: string; readonly size?: number }) {
  return (
    <svg className="icon" aria-hidden="true" width={size} height={size}>
      <use href={`${boot.icons}#${name}`} />
    </svg>
  );
}

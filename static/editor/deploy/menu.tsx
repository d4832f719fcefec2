import { useEffect, useRef } from "react";
import { boot } from "../boot.ts";
import { Icon } from "../icon.tsx";

/** What can be done with the pattern as a whole. */
export function PatternMenu() {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: PointerEvent) => {
      if (!menu.current?.contains(event.target as Node)) menu.current?.removeAttribute("open");
    };
    document.addEventListener("pointerdown", close, true);
    return () => document.removeEventListener("pointerdown", close, true);
  }, []);
  const at = `/patterns/${boot.patternId}`;
  return (
    <details className="menu" ref={menu} onKeyDown={(event) => event.key === "Escape" && menu.current?.removeAttribute("open")}>
      <summary className="button icon-only" aria-label="More" title="More"><Icon name="more" /></summary>
      <div className="menu-body">
        <a className="menu-item" href={`${at}/export`}><Icon name="export" /> Export</a>
        <a className="menu-item" href={`${at}/source`}><Icon name="note" /> As JSON</a>
        {boot.canEdit && <Pressed path={`${at}/clone`} icon="clone" label="Make a copy" />}
        <a className="menu-item" href={`/deployments/${boot.patternId}`}><Icon name="manual" /> Executions</a>
        <a className="menu-item" href="/library"><Icon name="info" /> All nodes</a>
        {boot.canEdit && <Pressed path={`${at}/delete`} icon="trash" label="Delete" asks="Delete this pattern with its versions and its whole history? This cannot be undone." />}
      </div>
    </details>
  );
}

interface PressedProps {
  readonly path: string;
  readonly icon: string;
  readonly label: string;
  readonly asks?: string;
}

/** A form, because pages of their own answer it. */
function Pressed({ path, icon, label, asks }: PressedProps) {
  return (
    <form method="post" action={path} onSubmit={(event) => asks && !confirm(asks) && event.preventDefault()}>
      <input type="hidden" name="csrfmiddlewaretoken" value={boot.csrfToken} />
      <button className={`menu-item${asks ? " danger-text" : ""}`}><Icon name={icon} /> {label}</button>
    </form>
  );
}

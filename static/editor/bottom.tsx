import { type ReactNode, useId } from "react";
import { ConsolePanel } from "./console/panel.tsx";
import { RunHistory } from "./console/history.tsx";
import { Icon } from "./icon.tsx";
import { LibraryPanel } from "./palette/library.tsx";
import { ProblemsPanel } from "./saving/problems.tsx";
import { useChecks } from "./state/checks.ts";
import { type BottomTab, showBottom, toggleBottom, useView } from "./state/view.ts";

const PANELS: Record<BottomTab, () => ReactNode> = {
  library: () => <LibraryPanel />,
  problems: () => <ProblemsPanel />,
  console: () => <ConsolePanel />,
  history: () => <RunHistory />,
};
const NAMES: Record<BottomTab, string> = { library: "Nodes", problems: "Problems", console: "Console", history: "Test runs" };
const TABS = Object.keys(NAMES) as BottomTab[];

/** The panel under the canvas: node library, problems, console, earlier test runs. */
export function BottomPanel() {
  const { isBottomOpen, bottomTab } = useView();
  const id = useId();
  return (
    <section className="bottom" data-open={isBottomOpen} aria-label="Panels">
      <div className="bottom-tabs" role="tablist" onKeyDown={(event) => turn(event.key, bottomTab)}>
        {TABS.map((tab) => (
          <button key={tab} id={`${id}-${tab}`} type="button" role="tab" aria-selected={isBottomOpen && tab === bottomTab} aria-controls={`${id}-panel`} tabIndex={tab === bottomTab ? 0 : -1} onClick={() => (isBottomOpen && tab === bottomTab ? toggleBottom() : showBottom(tab))}>
            {NAMES[tab]}
            {tab === "problems" && <ProblemCount />}
          </button>
        ))}
        <span className="bar-space" />
        <button type="button" className="button quiet icon-only small" aria-expanded={isBottomOpen} aria-label={isBottomOpen ? "Close the panel" : "Open the panel"} onClick={toggleBottom}><Icon name={isBottomOpen ? "down" : "up"} /></button>
      </div>
      {isBottomOpen && (
        <div id={`${id}-panel`} className="bottom-body" role="tabpanel" aria-labelledby={`${id}-${bottomTab}`}>
          {PANELS[bottomTab]()}
        </div>
      )}
    </section>
  );
}

function ProblemCount() {
  const errors = useChecks((state) => state.problems.filter((problem) => problem.severity === "error").length);
  const warnings = useChecks((state) => state.problems.length) - errors;
  if (!errors && !warnings) return null;
  return <span className={`count ${errors ? "bad" : "warn"}`}>{errors || warnings}</span>;
}

function turn(key: string, tab: BottomTab): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const next = by && TABS[(TABS.indexOf(tab) + by + TABS.length) % TABS.length];
  if (!next) return;
  showBottom(next);
  requestAnimationFrame(() => document.querySelector<HTMLElement>('.bottom-tabs [aria-selected="true"]')?.focus());
}

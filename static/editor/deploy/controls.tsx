import { useEffect, useRef, useState } from "react";
import { boot } from "../boot.ts";
import { Icon } from "../icon.tsx";
import { counted } from "../model/commands.ts";
import { useChecks } from "../state/checks.ts";
import { showBottom } from "../state/view.ts";
import { summary } from "./changes.tsx";
import { DeployPanel } from "./panel.tsx";
import { deploy, type Live, useDeployment } from "./store.ts";

/** The status light, and Deploy. */
export function DeployControls() {
  const { live, changes, isDeploying } = useDeployment();
  const errors = useChecks((state) => state.problems.filter(({ severity }) => severity === "error").length);
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => (isOpen ? closing(place.current, () => setOpen(false)) : undefined), [isOpen]);
  const isCurrent = live?.status === "active" && changes?.isSame === true;
  const press = () => {
    if (errors) return showBottom("problems");
    void deploy().then((done) => done && setOpen(true));
  };
  return (
    <div className="deploy-controls" ref={place}>
      <button type="button" className="button quiet deploy-light" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} title={lightTitle(live)}>
        <i className={`dot light-${live?.status ?? "none"}`} /> <span className="bar-words">{lightWords(live)}</span>
        {changes && !changes.isSame && live?.versionNumber && <span className="count warn bar-words" title={summary(changes)}>changed</span>}
        <Icon name="down" size={12} />
      </button>
      {boot.canEdit && (
        <button type="button" className="button primary" disabled={isDeploying || isCurrent} title={errors ? `${counted(errors, "error")} must be mended first` : isCurrent ? "What is live is what you see" : "Make the draft live"} onClick={press}>
          <Icon name="deploy" /> <span className="bar-words">{isDeploying ? "Deploying …" : errors ? counted(errors, "error") : live?.versionNumber ? "Redeploy" : "Deploy"}</span>
        </button>
      )}
      {isOpen && <DeployPanel onClose={() => setOpen(false)} />}
    </div>
  );
}

function lightWords(live: Live | null | undefined): string {
  if (live === undefined) return "…";
  if (!live?.versionNumber || live.status === "undeployed") return "Not deployed";
  return `${live.status === "paused" ? "Paused" : "Live"} · v${live.versionNumber}`;
}

function lightTitle(live: Live | null | undefined): string {
  return live?.pauseReason ? `Paused: ${live.pauseReason}` : "What is live, and what changed since";
}

/** Closes on a press outside, and on Escape. */
function closing(place: HTMLElement | null, close: () => void): () => void {
  const onPointer = (event: PointerEvent) => {
    const target = event.target as Element;
    if (!place?.contains(target) && !target.closest("dialog")) close();
  };
  // Not on the panel: once the draft is live, Deploy is disabled and the keyboard is nowhere.
  const onKey = (event: KeyboardEvent) => event.key === "Escape" && !document.querySelector("dialog[open]") && close();
  document.addEventListener("pointerdown", onPointer, true);
  document.addEventListener("keydown", onKey);
  return () => {
    document.removeEventListener("pointerdown", onPointer, true);
    document.removeEventListener("keydown", onKey);
  };
}

import { Icon } from "../icon.tsx";
import { counted } from "../model/commands.ts";
import type { Problem } from "../model/types.ts";
import { camera } from "../state/camera.ts";
import { useChecks } from "../state/checks.ts";
import { currentDocument, select, useDocument } from "../state/document.ts";
import { say, useView } from "../state/view.ts";

/** Everything wrong with the document, errors first; each line leads to its node or wire. */
export function ProblemsPanel() {
  const { problems, state } = useChecks();
  const [errors, warnings] = bySeverity(problems);
  if (!problems.length) return <p className="panel-empty">{state === "unknown" ? "The server has not looked at it yet." : "No problems. It can be deployed."}</p>;
  return (
    <div className="problems-panel">
      <p className="muted" role="status">{counted(errors.length, "error")}, {counted(warnings.length, "warning")}{WORDS[state]}</p>
      <Lines name="Errors" problems={errors} />
      <Lines name="Warnings" problems={warnings} />
    </div>
  );
}

const WORDS = { current: "", stale: " · checking …", unknown: " · as last checked; the server is away" };

function Lines({ name, problems }: { readonly name: string; readonly problems: readonly Problem[] }) {
  const nodes = useDocument(({ document }) => document.nodes);
  if (!problems.length) return null;
  return (
    <ul aria-label={name}>
      {problems.map((problem, index) => (
        <li key={index}>
          <button type="button" className={problem.severity} onClick={() => reveal(problem)}>
            <Icon name={problem.severity === "error" ? "alert" : "info"} />
            <span className="hidden">{problem.severity}</span>
            <b>{(problem.nodeId && nodes.get(problem.nodeId)?.data.label) ?? "Pattern"}</b>
            <span>{problem.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Shows what a problem is about, and gives the keyboard to the field in question, else to the node. */
export function reveal(problem: Problem): void {
  const { nodeId, edgeId } = problem;
  const wire = edgeId && currentDocument().wires.find(({ id }) => id === edgeId);
  useView.setState({ isInspectorOpen: true });
  if (wire) {
    camera().reveal([wire.source, wire.target]);
    select([], [wire.id]);
  } else if (nodeId && currentDocument().nodes.has(nodeId)) {
    camera().reveal([nodeId]);
    camera().focusNode(nodeId);
    requestAnimationFrame(() => requestAnimationFrame(() => focusField(problem.message)));
  } else {
    select([]);
  }
}

/** The inspector says the problem below its field. */
function focusField(message: string): void {
  const told = [...document.querySelectorAll(".inspector .field-problem")].find(({ textContent }) => textContent === message);
  told?.closest(".inspector-field")?.querySelector<HTMLElement>("input, textarea, select, [contenteditable=true]")?.focus();
}

let last = -1;

/** Goes round the problems, forwards or backwards. */
export function nextProblem(by: 1 | -1): void {
  const all = bySeverity(useChecks.getState().problems).flat();
  if (!all.length) return say("No problems");
  last = last < 0 && by < 0 ? all.length - 1 : (Math.min(last, all.length - 1) + by + all.length) % all.length;
  const problem = all[last]!;
  reveal(problem);
  say(`${last + 1} of ${all.length}: ${problem.message}`, problem.severity === "error" ? "error" : "info");
}

function bySeverity(problems: readonly Problem[]): [Problem[], Problem[]] {
  return [problems.filter(({ severity }) => severity === "error"), problems.filter(({ severity }) => severity !== "error")];
}

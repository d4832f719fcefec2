import { type ReactNode, useId } from "react";
import { Icon } from "../icon.tsx";
import type { Problem } from "../model/types.ts";

interface Props {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly type?: string | undefined;
  readonly isRequired?: boolean;
  readonly problems?: readonly Problem[];
  readonly onReset?: (() => void) | undefined;
  readonly children: (id: string, describedBy: string | undefined) => ReactNode;
}

/** A labelled control with what is wrong with it, and the way back to the default where it differs. */
export function Field({ label, hint, type, isRequired = false, problems = [], onReset, children }: Props) {
  const id = useId();
  const described = problems.length || hint ? `${id}-told` : undefined;
  return (
    <div className="inspector-field" data-problem={problems[0]?.severity}>
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {isRequired && <span className="bad-text" aria-hidden="true" title="Needs a wire or a value">*</span>}
        {type && <span className={`type-name pin-${type}`}>{type}</span>}
        {onReset && <button type="button" className="button quiet icon-only small" aria-label={`Reset ${label} to its default`} title="Reset to the default" onClick={onReset}><Icon name="undo" size={12} /></button>}
      </div>
      {children(id, described)}
      {described && (
        <div id={described}>
          {problems.map((problem) => <p key={problem.message} className={`field-problem ${problem.severity}`}>{problem.message}</p>)}
          {hint && <p className="hint">{hint}</p>}
        </div>
      )}
    </div>
  );
}

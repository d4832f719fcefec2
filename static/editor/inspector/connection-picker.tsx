import { useAsked } from "./asked.ts";
import type { ControlProps } from "./controls.tsx";

interface Connection {
  readonly id: string;
  readonly provider: string;
  readonly displayName: string;
  readonly status: string;
}

/** The connection whose credentials a request gets, by its name. */
export function ConnectionControl({ id, value, isReadOnly, describedBy, onChange }: ControlProps) {
  const { data, error } = useAsked<{ readonly connections: readonly Connection[] }>("/api/connections?limit=100", 0);
  const chosen = String(value ?? "");
  const found = data?.connections.find((one) => one.displayName === chosen);
  return (
    <div className="rows">
      <select id={id} value={chosen} disabled={isReadOnly} aria-describedby={describedBy} onChange={(event) => onChange(event.target.value)}>
        <option value="">None</option>
        {chosen && !found && <option value={chosen}>{chosen}{data ? " (is not here)" : ""}</option>}
        {data?.connections.map(({ id, displayName, provider }) => <option key={id} value={displayName}>{displayName}{provider ? ` (${provider})` : ""}</option>)}
      </select>
      {error && <p className="hint bad-text" role="status">{error}</p>}
      {found?.status === "needs_attention" && <p className="hint warn-text">It needs attention.</p>}
      <p className="hint"><a href={found ? `/connections/${found.id}` : "/connections"}>{found ? "Open it" : "Connections"}</a></p>
    </div>
  );
}

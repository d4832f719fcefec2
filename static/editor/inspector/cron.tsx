import { useSelectedNode } from "./selected.ts";
import { useAsked } from "./asked.ts";
import { type ControlProps, TextControl } from "./controls.tsx";

interface Preview {
  readonly description: string;
  readonly nextTicks: readonly string[];
}

const USUAL: readonly (readonly [string, string])[] = [
  ["*/5 * * * *", "Every 5 minutes"],
  ["0 * * * *", "Every hour"],
  ["0 9 * * MON-FRI", "On weekdays at 9:00"],
  ["0 0 * * *", "Every day at midnight"],
  ["0 6 1 * *", "On the first of each month"],
];

/** A cron expression, in words, with the next times that it is due. */
export function CronControl(props: ControlProps) {
  const zone = String(useSelectedNode()?.data.properties.timeZone ?? "UTC");
  const cron = String(props.value ?? "");
  const { data, error } = useAsked<Preview>(cron.trim() ? `/api/schedules/next?${new URLSearchParams({ cron, timeZone: zone })}` : "");
  return (
    <div className="rows">
      <TextControl {...props} placeholder="0 9 * * MON-FRI" />
      {!props.isReadOnly && (
        <select aria-label="Usual schedules" value="" onChange={(event) => props.onChange(event.target.value)}>
          <option value="">Usual schedules …</option>
          {USUAL.map(([expression, words]) => <option key={expression} value={expression}>{words}</option>)}
        </select>
      )}
      {error && <p className="hint bad-text" role="status">{error}</p>}
      {data && (
        <div className="hint" role="status">
          <p>{data.description}</p>
          <ol aria-label="Next times">{data.nextTicks.map((tick) => <li key={tick}>{inZone(tick, zone)}</li>)}</ol>
        </div>
      )}
    </div>
  );
}

function inZone(iso: string, timeZone: string): string {
  try {
    return new Date(iso).toLocaleString(undefined, { timeZone, weekday: "short", dateStyle: undefined, year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  } catch {
    return iso;
  }
}

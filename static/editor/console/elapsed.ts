import { useEffect, useState } from "react";
import type { RunInfo } from "../state/run.ts";

const STEP_MS = 100;

/** Milliseconds that a run has taken, going on while it does; those that the server counted once it has ended. */
export function useElapsed(info: RunInfo | null, isRunning: boolean): number | null {
  const [since, setSince] = useState(0);
  const id = info?.id;
  useEffect(() => {
    if (!isRunning) return;
    const began = performance.now(); // this computer's clock and the server's may differ
    setSince(0);
    const timer = setInterval(() => setSince(performance.now() - began), STEP_MS);
    return () => clearInterval(timer);
  }, [id, isRunning]);
  return isRunning ? Math.round(since / STEP_MS) * STEP_MS : (info?.durationMs ?? null);
}

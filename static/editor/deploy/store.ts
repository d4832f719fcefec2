/** What is live of this pattern, and how the stored draft differs from it. */
import { create } from "zustand";
import { type ApiError, call } from "../api.ts";
import { boot } from "../boot.ts";
import { saveNow } from "../saving/saving.ts";
import { useSaving } from "../saving/store.ts";
import { useChecks } from "../state/checks.ts";
import { say, showBottom } from "../state/view.ts";
import type { GraphChanges } from "./changes.tsx";

export interface Live {
  readonly status: "active" | "paused" | "undeployed";
  readonly versionNumber: number | null;
  readonly deployedAt: string;
  readonly pauseReason: string;
  readonly webhookUrl: string;
  readonly triggers: readonly { readonly type: string; readonly nodeId: string }[];
  readonly schedule: { readonly description: string; readonly nextTicks: readonly string[] } | null;
}

interface DeployState {
  /** Null before the first deploy; undefined until the server has told. */
  readonly live: Live | null | undefined;
  readonly changes: GraphChanges | null;
  readonly isDeploying: boolean;
  readonly error: string;
}

export const useDeployment = create<DeployState>(() => ({ live: undefined, changes: null, isDeploying: false, error: "" }));

const base = `/api/patterns/${boot.patternId}`;

export async function loadDeployment(): Promise<void> {
  try {
    const changes = await call<GraphChanges & { readonly since: { readonly number: number | null } }>("GET", `${base}/changes`);
    const live = changes.since.number === null ? null : await call<Live>("GET", `/api/deployments/${boot.patternId}`);
    useDeployment.setState({ live, changes, error: "" });
  } catch (error) {
    useDeployment.setState({ error: (error as ApiError).message });
  }
}

/** Looks again whenever the stored draft is another. */
export function watchDeployment(): void {
  void loadDeployment();
  let timer: ReturnType<typeof setTimeout> | undefined;
  useSaving.subscribe((state, before) => {
    if (state.revision === before.revision) return;
    clearTimeout(timer);
    timer = setTimeout(() => void loadDeployment(), 500);
  });
}

/** Saves, then makes the draft live. Nothing happens while there are errors: they are shown instead. */
export async function deploy(): Promise<boolean> {
  if (useDeployment.getState().isDeploying) return false;
  useDeployment.setState({ isDeploying: true, error: "" });
  try {
    if (!(await saveNow())) return refuse("It is not saved yet, so it cannot be deployed.");
    const { versionNumber } = await call<{ versionNumber: number }>("POST", `${base}/deploy`, { body: {} });
    say(`Version ${versionNumber} is live.`);
    await loadDeployment();
    return true;
  } catch (error) {
    return failed(error as ApiError);
  } finally {
    useDeployment.setState({ isDeploying: false });
  }
}

/** Pause, resume or undeploy. */
export async function change(verb: "pause" | "resume" | "undeploy"): Promise<void> {
  try {
    if (verb === "undeploy") await call("DELETE", `${base}/deploy`);
    else await call("POST", `/api/deployments/${boot.patternId}/${verb}`, { body: {} });
    await loadDeployment();
  } catch (error) {
    refuse((error as ApiError).message);
  }
}

export const errorCount = (): number => useChecks.getState().problems.filter(({ severity }) => severity === "error").length;

function failed(error: ApiError): boolean {
  if (error.code === "COMPILE_FAILED") showBottom("problems");
  return refuse(error.message);
}

function refuse(message: string): boolean {
  useDeployment.setState({ error: message });
  say(message, "error");
  return false;
}

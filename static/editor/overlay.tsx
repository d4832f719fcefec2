import { createRoot } from "react-dom/client";
import { useToken } from "./api.ts";
import { readJson } from "./boot.ts";
import { readGraph, readRun, reason, stepsOf } from "./console/runs.ts";
import { show } from "./console/shown.ts";
import { read } from "./model/document.ts";
import { RunGraph } from "./overlay/run-graph.tsx";
import { learnPins, loadLibrary } from "./state/catalog.ts";
import { open } from "./state/document.ts";

interface Page {
  readonly runId: string;
  readonly csrfToken: string;
}

/** Draws the run of the page on its graph, and follows it while it is open. */
async function draw(place: HTMLElement, { runId, csrfToken }: Page): Promise<void> {
  useToken(csrfToken);
  const [drawn, info] = await Promise.all([readGraph(runId), readRun(runId), loadLibrary()]);
  const document = read(drawn.graphData);
  open(document, true);
  learnPins(document.nodes, drawn.pins);
  createRoot(place).render(<RunGraph />);
  await show(info, false, stepsOf(info));
}

const place = document.getElementById("run-graph");
const page = readJson<Page | null>("overlay-boot");
if (place && page) {
  draw(place, page).catch((error: unknown) => {
    place.textContent = `The graph could not be shown: ${reason(error)}`;
  });
}

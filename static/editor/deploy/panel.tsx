import { useEffect, useState } from "react";
import { boot } from "../boot.ts";
import { copyAndSay } from "../copy.ts";
import { Icon } from "../icon.tsx";
import { useDocument } from "../state/document.ts";
import { Changes } from "./changes.tsx";
import { change, type Live, loadDeployment, useDeployment } from "./store.ts";
import { Versions } from "./versions.tsx";

/** What is live, how to reach it, what changed since, and the versions that were. */
export function DeployPanel({ onClose }: { readonly onClose: () => void }) {
  const { live, changes, error } = useDeployment();
  const [showsVersions, setVersions] = useState(false);
  useEffect(() => void loadDeployment(), []);
  const isLive = live?.versionNumber && live.status !== "undeployed";
  return (
    <section className="deploy-panel" role="dialog" aria-label="Deployment">
      <header className="dialog-head"><h2>{isLive ? `Version ${live.versionNumber} ${live.status === "paused" ? "is paused" : "is live"}` : "Not deployed"}</h2><button type="button" className="button quiet icon-only small" aria-label="Close" onClick={onClose}><Icon name="close" /></button></header>
      {error && <p className="note error" role="alert"><Icon name="alert" /> <span>{error}</span></p>}
      {live?.pauseReason && live.status === "paused" && <p className="note warning"><Icon name="alert" /> <span>{live.pauseReason}</span></p>}
      {isLive ? <p className="muted">Deployed {new Date(live.deployedAt).toLocaleString()}. <a href={`/deployments/${boot.patternId}`}>Executions and settings</a></p> : <p className="muted">Nothing fires this pattern yet. Deploying makes version {(live?.versionNumber ?? 0) + 1} of it, and test runs need none.</p>}
      <Trigger live={live ?? null} />
      {changes && isLive && <div className="panel-part"><h3>Since version {live.versionNumber}</h3><Changes changes={changes} from={`version ${live.versionNumber}`} to="the draft" /></div>}
      <div className="actions">
        <button type="button" className="button small" onClick={() => setVersions(true)}>Versions</button>
        {boot.canRun && isLive && live.status === "active" && <button type="button" className="button small" onClick={() => void change("pause")}><Icon name="pause" size={14} /> Pause</button>}
        {boot.canRun && isLive && live.status === "paused" && <button type="button" className="button small" onClick={() => void change("resume")}><Icon name="play" size={14} /> Resume</button>}
        {boot.canEdit && isLive && <button type="button" className="button small" onClick={() => void change("undeploy")}><Icon name="undeploy" size={14} /> Undeploy</button>}
      </div>
      {showsVersions && <Versions onClose={() => setVersions(false)} />}
    </section>
  );
}

/** How the pattern is started: the webhook's address, or the next times that it is due. */
function Trigger({ live }: { readonly live: Live | null }) {
  const isWebhook = useDocument(({ document }) => [...document.nodes.values()].some((node) => node.type === "OnWebhook"));
  if (isWebhook) {
    const curl = `curl -X POST '${boot.webhookUrl}' -H 'Content-Type: application/json' -d '{"hello": "world"}'`;
    return (
      <div className="panel-part">
        <h3>Webhook</h3>
        <Copied text={boot.webhookUrl} what="the webhook URL" />
        <Copied text={curl} what="a curl line" />
        <p className="hint">{live?.versionNumber && live.status !== "undeployed" ? "" : "Until it is deployed, requests are captured for test runs. "}<a href={`/triggers/webhooks/${boot.patternId}`}>Signature and requests</a></p>
      </div>
    );
  }
  if (!live?.schedule) return null;
  return <div className="panel-part"><h3>Schedule</h3><p>{live.schedule.description}</p><ol className="hint">{live.schedule.nextTicks.slice(0, 3).map((tick) => <li key={tick}>{new Date(tick).toLocaleString()}</li>)}</ol></div>;
}

function Copied({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <div className="copied">
      <code>{text}</code>
      <button type="button" className="button quiet icon-only small" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={() => void copyAndSay(text, what)}><Icon name="copy" size={14} /></button>
    </div>
  );
}

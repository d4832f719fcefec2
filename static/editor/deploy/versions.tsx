import { useEffect, useState } from "react";
import { ApiError, call } from "../api.ts";
import { boot } from "../boot.ts";
import { Dialog } from "../dialog.tsx";
import { become } from "../model/commands.ts";
import { read } from "../model/document.ts";
import type { StoredGraph } from "../model/types.ts";
import { currentDocument, edit } from "../state/document.ts";
import { say } from "../state/view.ts";
import { Changes, type GraphChanges } from "./changes.tsx";
import { loadDeployment } from "./store.ts";

interface Version {
  readonly versionNumber: number;
  readonly isLive: boolean;
  readonly createdAt: string;
  readonly createdBy: string | null;
}

const base = `/api/patterns/${boot.patternId}`;

/** The versions that were deployed: to look at, to compare, to restore into the draft, to make live again. */
export function Versions({ onClose }: { readonly onClose: () => void }) {
  const [versions, setVersions] = useState<readonly Version[] | null>(null);
  const [compared, setCompared] = useState<{ readonly number: number; readonly changes: GraphChanges } | null>(null);
  const [error, setError] = useState("");
  const load = () => call<readonly Version[]>("GET", `${base}/versions?limit=100`).then(setVersions, refused);
  useEffect(() => void load(), []);
  const refused = (told: unknown) => setError((told as ApiError).message);
  const compare = (number: number) => call<GraphChanges>("GET", `${base}/changes?since=${number}&to=draft`).then((changes) => setCompared({ number, changes }), refused);
  const goLive = (number: number) => call("POST", `/api/deployments/${boot.patternId}/rollback`, { body: { versionNumber: number } }).then(() => Promise.all([load(), loadDeployment()]), refused);
  return (
    <Dialog title="Versions" size="wide" onClose={onClose}>
      {error && <p className="note error" role="alert">{error}</p>}
      {versions && !versions.length && <p className="muted">None yet: the first deploy makes version 1.</p>}
      <ul className="versions">
        {versions?.map((version) => (
          <li key={version.versionNumber}>
            <b>v{version.versionNumber}</b> {version.isLive && <span className="badge ok">live</span>}
            <span className="muted">{new Date(version.createdAt).toLocaleString()}{version.createdBy && ` · ${version.createdBy}`}</span>
            <span className="bar-space" />
            <a className="button small" href={`/patterns/${boot.patternId}?version=${version.versionNumber}`}>View</a>
            <button type="button" className="button small" onClick={() => void compare(version.versionNumber)}>Compare</button>
            {boot.canEdit && <button type="button" className="button small" onClick={() => void restore(version.versionNumber).then(onClose, refused)}>Restore</button>}
            {boot.canEdit && !version.isLive && <button type="button" className="button small" onClick={() => void goLive(version.versionNumber)}>Make live</button>}
          </li>
        ))}
      </ul>
      {compared && <Changes changes={compared.changes} from={`version ${compared.number}`} to="the draft" />}
    </Dialog>
  );
}

/** The draft becomes what the version was; undo takes it back. */
async function restore(number: number): Promise<void> {
  const { graphData } = await call<{ graphData: StoredGraph }>("GET", `${base}/versions/${number}`);
  const document = currentDocument();
  if (edit(become(document, read(graphData, document.about), `Restore version ${number}`))) say(`Version ${number} is restored into the draft. Undo takes it back.`);
  else say(`The draft is version ${number} already.`);
}

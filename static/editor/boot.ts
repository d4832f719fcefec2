/** What the page hands to the editor when it opens. */
import type { About } from "./model/document.ts";
import type { StoredGraph } from "./model/types.ts";

export interface Boot {
  readonly patternId: string;
  readonly revision: number;
  readonly about: About;
  readonly graph: StoredGraph;
  readonly canEdit: boolean;
  readonly canRun: boolean;
  readonly csrfToken: string;
  /** For the style elements of CodeMirror. */
  readonly cspNonce: string;
  readonly icons: string;
  readonly webhookUrl: string;
  readonly person: string;
  /** The version that is shown instead of the draft, if one is. */
  readonly version: number | null;
  /** What the page before had to say. */
  readonly messages: readonly { readonly text: string; readonly kind: string }[];
}

/** Reads the JSON that the template has put into `<script type="application/json" id=…>`. */
export function readJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}

/** On the page of a run there is no editor, and only what its graph needs. */
const NOTHING: Boot = {
  patternId: "",
  revision: 0,
  about: { name: "", description: "", tags: [], isTemplate: false },
  graph: { nodes: [], edges: [] },
  canEdit: false,
  canRun: false,
  csrfToken: "",
  cspNonce: "",
  icons: "",
  webhookUrl: "",
  person: "",
  version: null,
  messages: [],
};

export const boot: Boot = { ...NOTHING, ...(readJson<Partial<Boot> | null>("editor-boot") ?? readJson<Partial<Boot> | null>("overlay-boot")) };

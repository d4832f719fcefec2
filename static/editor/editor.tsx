import { createRoot } from "react-dom/client";
import { useToken } from "./api.ts";
import { App } from "./app.tsx";
import { boot } from "./boot.ts";
import { watchDeployment } from "./deploy/store.ts";
import { listenToKeys } from "./keyboard/shortcuts.ts";
import { read } from "./model/document.ts";
import { startSaving } from "./saving/saving.ts";
import { startChecking } from "./saving/checking.ts";
import { loadLibrary } from "./state/catalog.ts";
import { open } from "./state/document.ts";
import { say } from "./state/view.ts";

useToken(boot.csrfToken);
open(read(boot.graph, boot.about), !boot.canEdit);

const place = document.getElementById("editor");
if (place) {
  const root = createRoot(place);
  loadLibrary().then(
    () => {
      root.render(<App />);
      listenToKeys();
      startChecking();
      if (!boot.version) watchDeployment();
      if (boot.canEdit) startSaving();
      for (const { text, kind } of boot.messages) say(text, kind === "error" ? "error" : "info");
    },
    (error: unknown) => root.render(<p className="editor-failed" role="alert">The node library could not be loaded. {String((error as Error).message)} Reload the page to try again.</p>),
  );
}

/** The look of the page: what was chosen (data-theme of the root element), else the system's. */
import { useSyncExternalStore } from "react";

type Theme = "light" | "dark" | "system";

export function useTheme(): Theme {
  return useSyncExternalStore(follow, theme);
}

function theme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "system";
}

function follow(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

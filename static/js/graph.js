// The section [data-graph] of a run: loads the graph when it is opened, and remembers whether it is.
const KEY = "dragops.run-graph";
const section = document.querySelector("[data-graph]");

function load() {
  import(section.dataset.graph).catch(() => {
    document.getElementById("run-graph").textContent = "The graph could not be loaded. Reload the page to try again.";
  });
}

section?.addEventListener("toggle", () => {
  localStorage.setItem(KEY, section.open ? "open" : "");
  if (section.open) load();
});
if (section && (location.hash === "#graph" || localStorage.getItem(KEY) === "open")) section.open = true;

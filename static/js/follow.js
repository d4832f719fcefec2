// A log that grows (#follow asks for what is new): the button [data-follow], or the key f, keeps its end in sight, or
// lets the page rest while one reads.
const button = document.querySelector("[data-follow]");
const NEAR_PX = 160;
let wasNearEnd = false;

const follows = () => button?.getAttribute("aria-pressed") === "true";
const line = () => document.getElementById("follow");
const asks = (event) => event.detail.elt.id === "follow";

function toggle() {
  if (!line()) return;
  button.setAttribute("aria-pressed", follows() ? "false" : "true");
  if (follows()) line().scrollIntoView({ block: "end" });
}

button?.addEventListener("click", toggle);
if (button) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.closest("input, textarea, select, [contenteditable], dialog")) toggle();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (asks(event) && !follows()) event.preventDefault();
  });
  // Only who stands at the end is taken along: nobody is torn away from what they read further up.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (asks(event)) wasNearEnd = line().getBoundingClientRect().bottom < innerHeight + NEAR_PX;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (wasNearEnd && follows() && line()) line().scrollIntoView({ block: "end" });
    wasNearEnd = false;
  });
}

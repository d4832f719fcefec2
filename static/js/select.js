// Lists whose rows are chosen by checkboxes [data-choose]: the bar [data-chosen] is shown while some are, and says how
// many; what would replace the list waits. The key x chooses the row that has the focus.
const boxes = () => [...document.querySelectorAll("[data-choose]")];
const chosen = () => boxes().filter((box) => box.checked);

function show() {
  const bar = document.querySelector("[data-chosen]");
  if (!bar) return;
  const count = chosen().length;
  const all = bar.querySelector("[data-choose-matching]");
  bar.hidden = count === 0;
  if (count === 0) all.checked = false;
  bar.querySelector("[data-count]").textContent = all.checked ? "All that match" : `${count} selected`;
  const every = document.querySelector("[data-choose-all]");
  if (every) {
    every.checked = count > 0 && count === boxes().length;
    every.indeterminate = count > 0 && !every.checked;
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  if (event.target.matches("[data-choose], [data-choose-all], [data-choose-matching]")) show();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = event.target.matches("[data-row]") && event.target.closest("tr")?.querySelector("[data-choose]");
  if (box) box.click();
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.matches("[data-poll]") && event.detail.elt.closest("#runs") && chosen().length) event.preventDefault();
});
addEventListener("pageshow", show);
document.addEventListener("htmx:load", show);

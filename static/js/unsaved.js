// Forms [data-unsaved] ask before the page is left with changes that were not sent.
let changed = false;
document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-unsaved]")) changed = true;
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-unsaved]")) changed = false;
});
addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

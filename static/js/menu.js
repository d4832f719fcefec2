// details.menu closes on Escape, on a click elsewhere, and when the focus leaves it.
function closeAll(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

function onLeaving({ target }) {
  if (!target.closest("dialog")) closeAll(target.closest("details.menu")); // a dialog may have come from the menu
}

document.addEventListener("click", onLeaving);
document.addEventListener("focusin", onLeaving);
// What was pressed in it is done: the focus goes back to where it was opened.
document.addEventListener("htmx:afterRequest", (event) => {
  const menu = event.detail.requestConfig.elt.closest("details.menu[open]");
  if (!menu || !event.detail.successful) return;
  menu.open = false;
  const back = menu.isConnected ? menu.querySelector("summary") : document.getElementById(menu.dataset.back);
  if (!document.querySelector("dialog[open]")) back?.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

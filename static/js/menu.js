// details.menu closes on Escape, on a click elsewhere, and when the focus leaves it.
function closeAll(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
}

function onLeaving({ target }) {
  if (!target.closest("dialog")) closeAll(target.closest("details.menu")); // a dialog may have come from the menu
}

document.addEventListener("click", onLeaving);
document.addEventListener("focusin", onLeaving);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

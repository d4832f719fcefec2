// [data-opens="id"] opens that dialog, [data-closes] closes the one around it, and so does a click beside it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  event.target.closest("[data-closes]")?.closest("dialog")?.close();
});
// A dialog that htmx has brought to the place #dialog is for now.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "dialog") event.target.querySelector("dialog")?.showModal();
});
document.addEventListener("pointerdown", (event) => {
  if (event.target.matches("dialog") && !inside(event)) event.target.close();
});

function inside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

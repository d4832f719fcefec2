// [data-opens="id"] opens that dialog, [data-closes] closes the one around it, and so does a click beside it.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  event.target.closest("[data-closes]")?.closest("dialog")?.close();
});
document.addEventListener("pointerdown", (event) => {
  if (event.target.matches("dialog") && !inside(event)) event.target.close();
});

function inside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX >= box.left && clientX <= box.right && clientY >= box.top && clientY <= box.bottom;
}

// Forms [data-confirm="question"] are sent after a yes in the page's dialog; [data-confirm-verb] names the yes.
const dialog = document.getElementById("confirm");
let asking = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset?.confirm || form === asking || !dialog) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("p").textContent = form.dataset.confirm;
  dialog.querySelector("[data-confirm-yes]").textContent = form.dataset.confirmVerb ?? "Go ahead";
  asking = form;
  dialog.returnValue = "";
  dialog.showModal();
}, true);

dialog?.addEventListener("close", () => {
  const form = asking;
  if (dialog.returnValue === "yes") form?.requestSubmit();
  asking = null;
});

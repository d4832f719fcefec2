// Forms [data-confirm="question"] are sent after a yes in the page's dialog; [data-confirm-verb] names the yes. A button
// that has them asks in the place of its form.
const dialog = document.getElementById("confirm");
let asking = null;
let pressed = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const words = event.submitter?.dataset.confirm ? event.submitter.dataset : form.dataset;
  if (!words?.confirm || form === asking || !dialog) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("p").textContent = words.confirm;
  dialog.querySelector("[data-confirm-yes]").textContent = words.confirmVerb ?? "Go ahead";
  asking = form;
  pressed = event.submitter;
  dialog.returnValue = "";
  dialog.showModal();
}, true);

dialog?.addEventListener("close", () => {
  const form = asking;
  if (dialog.returnValue === "yes") form?.requestSubmit(pressed);
  asking = null;
});

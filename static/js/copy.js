// Buttons [data-copy="text"]: copies the text, says so, and sends the event "copied".
function copyByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy"); // the clipboard API exists on HTTPS and localhost only
  area.remove();
  return done;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const done = await copy(button.dataset.copy);
  button.focus();
  const label = button.querySelector("[data-copy-label]") ?? button;
  label.textContent = done ? "Copied" : "Select and copy by hand";
  setTimeout(() => (label.textContent = "Copy"), 1800);
  button.dispatchEvent(new CustomEvent("copied", { bubbles: true, detail: { done } }));
});

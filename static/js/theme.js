// Radio buttons [data-theme-choice]: system, light or dark, remembered in this browser.
const root = document.documentElement;
for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.checked = choice.value === (root.dataset.theme ?? "");
  choice.addEventListener("change", () => {
    if (choice.value) root.dataset.theme = choice.value;
    else delete root.dataset.theme;
    try {
      if (choice.value) localStorage.setItem("theme", choice.value);
      else localStorage.removeItem("theme");
    } catch {} // lasts for this page then
  });
}

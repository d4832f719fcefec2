// Before the first paint: the look that the reader chose, so that no page flashes in the other one.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {} // storage may be forbidden; then the system's look stands
})();

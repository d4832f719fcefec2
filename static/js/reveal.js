// Opens the details of the element that the address names (#entry-12).
function reveal() {
  const id = decodeURIComponent(location.hash.slice(1));
  const details = id && document.getElementById(id)?.querySelector("details");
  if (details) details.open = true;
}

addEventListener("hashchange", reveal);
// After htmx has read the page, so that opening loads what is inside.
if (document.readyState === "complete") reveal();
else addEventListener("load", reveal);

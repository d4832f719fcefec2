// Opens the details of the element that the address names (#entry-12, ?seq=12, ?view=waterfall), and brings it into sight.
function reveal() {
  const given = new URLSearchParams(location.search);
  const seq = given.get("seq");
  const id = decodeURIComponent(location.hash.slice(1)) || (seq && `entry-${seq}`) || given.get("view");
  const named = id && document.getElementById(id);
  const details = named?.matches("details") ? named : named?.querySelector("details");
  if (!details) return;
  details.open = true;
  if (!location.hash) named.scrollIntoView({ block: "center" });
}

addEventListener("hashchange", reveal);
// After htmx has read the page, so that opening loads what is inside.
if (document.readyState === "complete") reveal();
else addEventListener("load", reveal);

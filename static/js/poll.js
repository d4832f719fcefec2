// Elements [data-poll] ask again and again by htmx; not while nobody looks, nor while somebody is about to choose.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});

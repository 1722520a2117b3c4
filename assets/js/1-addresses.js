// Addresses: a view is its link; the parts of a page that listen are told when it changes in place.

const listeners = new Set();

const announce = (event) => listeners.forEach((trigger) => trigger(event));
const visit = (href, how, event) => {
  history[how](null, "", href);
  announce(event);
};
addEventListener("popstate", () => announce("submit"));

document.addEventListener("click", (event) => {
  const plain = !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target.closest?.("a[data-view]");
  if (!plain || !link || !listeners.size || new URL(link.href).pathname !== location.pathname) return;
  event.preventDefault();
  const merged = link.dataset.view === "merge";
  visit(merged ? mergedAddress(link) : link.href, "pushState", "submit");
  if (!merged) scrollTo({ top: 0 });
});

// A link that changes some fields of the view, as it is by then; an empty one returns to its default.
const mergedAddress = (link) => {
  const address = new URL(location.href);
  new URL(link.href).searchParams.forEach((value, name) => (value ? address.searchParams.set(name, value) : address.searchParams.delete(name)));
  return address.href;
};

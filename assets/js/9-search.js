// The search in the header: a number leads to its neuron at once; a picture in its place is not in the address.
// The page's address knows its atlas before the header, which is drawn for it only once the page has loaded.

document.addEventListener("submit", (event) => {
  if (!event.target.matches?.(".search")) return;
  const { q, atlas } = event.target.elements;
  atlas.value = new URL(location.href).searchParams.get("atlas") || atlas.value;
  const asked = q.value.trim();
  const number = /^#\d{1,9}$/.test(asked) && Number(asked.slice(1));
  if (!asked || number !== false) event.preventDefault();
  if (number !== false) location.assign(`neuron?${new URLSearchParams({ atlas: atlas.value, id: number })}`);
});
monoscope.forgetSearch = (...inputs) => {
  const address = new URL(location.href);
  for (const name of ["q", "neuron", "image"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
  return inputs;
};

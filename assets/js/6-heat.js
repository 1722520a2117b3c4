// Heat-maps: how opaque they are, and which row's lie over a visitor's pictures: the kept one's, else the last pointed at.

const root = document.documentElement;
document.addEventListener("input", (event) => {
  if (event.target.dataset.heat !== undefined) root.style.setProperty("--heat", event.target.value);
});

const kept = () => new URL(location.href).searchParams.get("show");
const rowOf = (key) => key && document.querySelector(`[data-row="${CSS.escape(key)}"]`);
const drawHeat = (row) => {
  for (const heat of document.querySelectorAll("[data-heat-here]")) {
    const png = row?.getAttribute(`data-heat-png-${heat.dataset.heatHere}`);
    heat.hidden = !png;
    if (png) heat.src = png;
  }
  const says = document.querySelector("[data-heat-says]");
  if (row && says) says.textContent = row.dataset.says;
  for (const other of document.querySelectorAll("[data-row]")) {
    if (other === row) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
    other.querySelector(".pin").setAttribute("aria-pressed", other.dataset.row === kept());
  }
};
const showHeat = (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && !rowOf(kept()) && !row.hasAttribute("aria-current")) drawHeat(row);
};
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, showHeat);

// A click on a row keeps its heat-map, or lets it go.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row || event.target.closest("a")) return;
  const address = new URL(location.href);
  if (kept() === row.dataset.row) address.searchParams.delete("show");
  else address.searchParams.set("show", row.dataset.row);
  history.replaceState(null, "", address);
  drawHeat(row);
});

// Rows that came anew: the kept one's, else the first neuron's.
const heatArrived = () => drawHeat(rowOf(kept()) ?? document.querySelector("li[data-row]"));

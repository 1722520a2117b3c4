// Heat-maps: how opaque they are, and which neuron's lies over a visitor's picture.

const root = document.documentElement;
document.addEventListener("input", (event) => {
  if (event.target.dataset.heat !== undefined) root.style.setProperty("--heat", event.target.value);
});

const showHeat = (event) => {
  const row = event.target.closest?.("[data-heat-png]");
  const heat = row && document.querySelector("[data-heat-here]");
  if (!heat || row.hasAttribute("aria-current")) return;
  heat.src = row.dataset.heatPng;
  document.querySelectorAll("[data-heat-png][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  row.setAttribute("aria-current", "true");
};
for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, showHeat);

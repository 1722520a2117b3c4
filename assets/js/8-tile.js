// Tiles: which neurons fire on this image? Shown on hover and on focus by the stylesheet; by a long press of a finger here.

const LONG_MS = 450;
let pressing;
let held = false; // the finger that is still down has asked, and shall not open what it lies on as well
const pressed = (tile) => {
  document.querySelectorAll(".asked").forEach((other) => other.classList.remove("asked"));
  tile?.classList.add("asked");
};
document.addEventListener("pointerdown", (event) => {
  clearTimeout(pressing);
  held = false;
  if (event.target.closest?.(".ask")) return;
  pressed(null);
  const tile = event.target.closest?.(".tile, .choice");
  const asking = tile?.querySelector(".ask") && event.pointerType === "touch";
  if (asking) pressing = setTimeout(() => ((held = true), pressed(tile.matches(".tile") ? tile : tile.querySelector(".tile"))), LONG_MS);
});
for (const end of ["pointerup", "pointercancel", "scroll"]) document.addEventListener(end, () => clearTimeout(pressing), true);
document.addEventListener("contextmenu", (event) => held && event.preventDefault());
document.addEventListener("click", (event) => {
  if (!held || event.target.closest?.(".ask")) return;
  held = false;
  event.preventDefault();
  event.stopPropagation();
}, true);

// Of the images of one neuron, one is reached by Tab; the arrows go on to the others.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const ask = step && event.target.closest?.(".tile > .ask");
  if (!ask) return;
  event.preventDefault();
  event.stopPropagation();
  const all = [...ask.closest(".tile").parentElement.querySelectorAll(":scope > .tile > .ask")];
  all[(all.indexOf(ask) + step + all.length) % all.length].focus();
}, true);

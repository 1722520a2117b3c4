// The page's form: its fields are the address's fields; empty ones stay out of it.

const filters = () => document.getElementById("filters");
const filterAddress = (form, changed) => {
  const params = new URLSearchParams();
  const here = new URLSearchParams(location.search);
  for (const name of (form.dataset.keep ?? "").split(" ")) if (here.has(name)) params.set(name, here.get(name));
  for (const field of form.elements) {
    if (!field.name || field.value === "" || field.value === field.dataset.none) continue;
    if (field.type === "checkbox" && !field.checked) continue;
    params.set(field.name, field.value);
  }
  for (const name of REDRAWS[changed?.name] ?? []) params.delete(name);
  return `${location.pathname}?${params}`;
};
// Fields that give others another range or other marks, so that all is drawn anew, without what was set in these.
const REDRAWS = { e: [], id: ["alpha"], where: [] };
const eventOf = (field) => (REDRAWS[field?.name] ? "submit" : "input");
const PAUSES = { range: 160, search: 160, text: 400, number: 400 }; // ms, for one who is still moving or typing
let waiting;
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.form || field.form !== filters()) return;
  if (field.name === "alpha") drawAlpha(field);
  else if (field.type === "range") drawRange(field);
  countChosen(field.form);
  clearTimeout(waiting);
  const ask = () => visit(filterAddress(field.form, field), "replaceState", eventOf(field));
  if (field.checkValidity()) waiting = setTimeout(ask, field.dataset.pause ?? PAUSES[field.type] ?? 0);
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "filters") return;
  event.preventDefault();
  clearTimeout(waiting);
  const field = document.activeElement;
  visit(filterAddress(event.target, field), "replaceState", eventOf(field));
});

let touched; // name of the form's field that has the keyboard
document.addEventListener("focusin", (event) => (touched = event.target.form === filters() ? event.target.name : null));

const drawRange = (moved) => {
  const range = (moved ?? document).closest?.(".range") ?? document.querySelector(".range");
  if (!range) return;
  const [low, high] = range.querySelectorAll("input");
  if (Number(low.value) > Number(high.value)) (moved === low ? high : low).value = moved.value;
  range.style.setProperty("--low", low.value);
  range.style.setProperty("--high", high.value);
  const text = (value) => Number(value).toFixed(2).replace("-", "−");
  range.parentElement.querySelector("output").textContent = `${text(low.value)} – ${text(high.value)}`;
};

const drawAlpha = (slider) => {
  const alpha = Number(slider.value);
  const words = `${Number(alpha.toPrecision(3))}, ${(alpha / slider.dataset.strongest).toFixed(1)} ×`.replaceAll("-", "−");
  slider.form.querySelector("output[for=alpha]").textContent = alpha ? words : "off";
};

// Filters fold away on a phone; their button says how many are set.
const countChosen = (form) => {
  const asks = (field) => field.name && field.value !== "" && field.value !== field.dataset.none && (field.type !== "checkbox" || field.checked);
  const set = [...form.querySelectorAll("[data-filter]")].filter((part) => [...part.querySelectorAll("input, select")].some(asks)).length;
  const shown = form.querySelector("[data-chosen]");
  if (shown) shown.textContent = set ? ` ${set}` : "";
};
let unfolded = false;
const drawFold = () => {
  const [fold, form] = [document.querySelector("[data-fold]"), filters()];
  if (!fold) return;
  fold.setAttribute("aria-expanded", unfolded);
  form.classList.toggle("unfolded", unfolded);
  countChosen(form);
};
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-fold]")) return;
  unfolded = !unfolded;
  drawFold();
});

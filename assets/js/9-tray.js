// The compare tray: neurons that were put aside, kept in this browser; a quiet bar leads to them side by side.

const TRAY = "monoscope-tray";
const MOST_IN_TRAY = 8;
const NEURON = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}:\d{1,9}$/; // ATLAS:NUMBER
const inTray = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(TRAY));
    return Array.isArray(kept) ? kept.filter((neuron) => NEURON.test(neuron)).slice(0, MOST_IN_TRAY) : [];
  } catch {
    return [];
  }
};
const keepTray = (neurons) => {
  try {
    localStorage.setItem(TRAY, JSON.stringify(neurons));
  } catch {
    // a browser that keeps nothing has an empty tray
  }
  drawTray();
};
const shortName = (neuron) => `#${neuron.split(":")[1].padStart(4, "0")}`;

let tray;
const makeTray = () => {
  tray = document.createElement("aside");
  tray.className = "tray part";
  tray.setAttribute("aria-label", "Compare tray");
  (document.querySelector(".gradio-container") ?? document.body).append(tray);
};
const made = (tag, fields, ...children) => {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children);
  return element;
};
const drawTray = () => {
  const neurons = inTray();
  for (const button of document.querySelectorAll("[data-tray]")) button.setAttribute("aria-pressed", neurons.includes(button.dataset.tray));
  if (!tray?.isConnected) makeTray();
  document.documentElement.classList.toggle("has-tray", neurons.length > 0);
  tray.hidden = !neurons.length;
  const chips = neurons.map((neuron) => {
    const out = made("button", { type: "button", title: "Take it out", textContent: "×" });
    out.dataset.out = neuron;
    out.setAttribute("aria-label", `Take ${shortName(neuron)} out`);
    const [atlas, id] = neuron.split(":");
    const link = made("a", { href: `neuron?atlas=${encodeURIComponent(atlas)}&id=${id}`, title: atlas, textContent: shortName(neuron) });
    return made("span", { className: "tray-neuron" }, link, out);
  });
  const empty = made("button", { type: "button", className: "quiet", textContent: "Clear" });
  empty.dataset.out = "all";
  const compare = made("a", { className: "action", href: `compare?neurons=${neurons.join(",")}`, textContent: `Compare ${neurons.length}` });
  const last = neurons.length > 1 ? compare : made("span", { className: "tray-hint", textContent: "Add another one to compare" });
  tray.replaceChildren(made("span", { className: "tray-neurons" }, ...chips), last, empty);
};

document.addEventListener("click", (event) => {
  const add = event.target.closest?.("[data-tray]");
  const out = event.target.closest?.("[data-out]")?.dataset.out;
  const neurons = inTray();
  if (add) {
    const neuron = add.dataset.tray;
    const without = neurons.filter((other) => other !== neuron);
    keepTray(without.length < neurons.length ? without : [...neurons, neuron].slice(-MOST_IN_TRAY));
  }
  if (out) keepTray(out === "all" ? [] : neurons.filter((other) => other !== out));
});
addEventListener("storage", (event) => event.key === TRAY && drawTray()); // another tab

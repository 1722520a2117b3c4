// A visitor's own names for neurons: kept in this browser alone, shown in place of others, given out as the file a curator needs.

const OWN = "monoscope.names";
const ownNames = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(OWN));
    return new Map(Object.entries(kept ?? {}).filter(([, name]) => typeof name === "string" && name));
  } catch {
    return new Map(); // storage is off, or holds something else
  }
};
const keepName = (neuron, name) => {
  const names = ownNames();
  if (name) names.set(neuron, name);
  else names.delete(neuron);
  try {
    localStorage.setItem(OWN, JSON.stringify(Object.fromEntries(names)));
  } catch {
    return; // the page shows it all the same, until it is left
  }
};

const call = (shown, own) => {
  shown.dataset.others ??= JSON.stringify([shown.textContent, shown.className, shown.title]);
  const [name, css, why] = JSON.parse(shown.dataset.others);
  shown.textContent = own ?? name;
  shown.className = own ? "name yours" : css;
  shown.title = own ? `Your own name for it, kept in this browser. Otherwise: ${name}` : why;
};
const drawNames = (element) => {
  const names = ownNames();
  for (const shown of element.querySelectorAll("[data-called]")) {
    const own = names.get(shown.dataset.called);
    if (own || shown.dataset.others) call(shown, own);
  }
  for (const field of element.querySelectorAll("[data-own-name]")) {
    if (field !== document.activeElement) field.value = names.get(field.dataset.ownName) ?? "";
  }
};

document.addEventListener("input", (event) => {
  const neuron = event.target.dataset.ownName;
  if (neuron === undefined) return;
  const name = event.target.value.trim().replace(/\s+/g, " ");
  keepName(neuron, name);
  document.querySelectorAll(`[data-called="${CSS.escape(neuron)}"]`).forEach((shown) => call(shown, name || undefined));
});

const cell = (text) => `"${(/^[=+\-@]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`; // no spreadsheet shall run it
const namesFile = (atlas) =>
  [...ownNames()]
    .map(([neuron, name]) => [neuron.slice(0, neuron.lastIndexOf(":")), Number(neuron.slice(neuron.lastIndexOf(":") + 1)), name])
    .filter(([of]) => of === atlas)
    .sort((one, other) => one[1] - other[1])
    .map(([, number, name]) => `${number},${cell(name)},,\n`);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-export-names]");
  if (!button) return;
  const rows = namesFile(button.dataset.exportNames);
  if (!rows.length) {
    const words = button.textContent;
    button.textContent = "You have named none yet";
    setTimeout(() => (button.textContent = words), 1600);
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["neuron,name,by,note\n", ...rows], { type: "text/csv" }));
  link.download = "names.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});

// Patches of a picture: clicked, brushed or chosen by keyboard; those chosen are in the address, as runs: 9-11.17.

const brushes = new WeakMap(); // of a picture's patches: { chosen, cursor, stroke }

const patchesIn = (runs, count) => {
  const chosen = new Set();
  for (const run of (runs ?? "").split(".")) {
    const [, first, last] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(run) ?? [];
    if (first !== undefined) for (let patch = Number(first); patch <= Number(last ?? first) && patch < count; patch++) chosen.add(patch);
  }
  return chosen;
};
const runsOf = (chosen) => {
  const spans = [];
  for (const patch of [...chosen].sort((a, b) => a - b)) {
    if (spans.length && spans.at(-1)[1] === patch - 1) spans.at(-1)[1] = patch;
    else spans.push([patch, patch]);
  }
  return spans.map(([first, last]) => (last > first ? `${first}-${last}` : `${first}`)).join(".");
};

const gridOf = (element) => ({ rows: Number(element.dataset.rows), columns: Number(element.dataset.columns) });
const squares = (patches, columns) => [...patches].map((patch) => `M${patch % columns} ${Math.floor(patch / columns)}h1v1h-1z`).join("");
const drawPatches = (element) => {
  const { rows, columns } = gridOf(element);
  const { chosen, cursor } = brushes.get(element);
  const others = chosen.size ? `<path class="patches-others" fill-rule="evenodd" d="M0 0h${columns}v${rows}h${-columns}z${squares(chosen, columns)}"/>` : "";
  const here = cursor === null ? "" : `<path class="patches-cursor" d="${squares([cursor], columns)}"/>`;
  element.innerHTML = `<svg viewBox="0 0 ${columns} ${rows}" preserveAspectRatio="none" aria-hidden="true">${others}${here}</svg>`;
};
const patchesArrived = (part) => {
  for (const element of part.querySelectorAll(".patches")) {
    const { rows, columns } = gridOf(element);
    brushes.set(element, { chosen: patchesIn(new URL(location.href).searchParams.get("patches"), rows * columns), cursor: null, stroke: null });
    drawPatches(element);
  }
};

const askPatches = (element) => {
  const address = new URL(location.href);
  const { chosen } = brushes.get(element);
  if (chosen.size) address.searchParams.set("patches", runsOf(chosen));
  else address.searchParams.delete("patches");
  if (address.href !== location.href) visit(address.href, "replaceState", "input");
};
const patchAt = (element, event) => {
  const { rows, columns } = gridOf(element);
  const box = element.getBoundingClientRect();
  const within = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return within((event.clientY - box.top) / box.height, rows) * columns + within((event.clientX - box.left) / box.width, columns);
};
const setPatch = (element, patch, on) => {
  const { chosen } = brushes.get(element);
  if (on) chosen.add(patch);
  else chosen.delete(patch);
  drawPatches(element);
};

// A stroke adds patches if it begins on one that is not chosen, else it takes them away.
document.addEventListener("pointerdown", (event) => {
  const element = event.target.closest?.(".patches");
  if (!element || event.button !== 0) return;
  const brush = brushes.get(element);
  const patch = patchAt(element, event);
  brush.stroke = { on: !brush.chosen.has(patch), before: new Set(brush.chosen) };
  brush.cursor = null;
  if (event.pointerType !== "touch") element.setPointerCapture(event.pointerId);
  setPatch(element, patch, brush.stroke.on);
});
document.addEventListener("pointermove", (event) => {
  const element = event.target.closest?.(".patches");
  const stroke = element && brushes.get(element)?.stroke;
  if (!stroke) return;
  for (const moved of event.getCoalescedEvents?.() ?? [event]) setPatch(element, patchAt(element, moved), stroke.on);
});
document.addEventListener("pointerup", () => {
  for (const element of document.querySelectorAll(".patches")) {
    const brush = brushes.get(element);
    if (!brush?.stroke) continue;
    brush.stroke = null;
    askPatches(element);
  }
});
document.addEventListener("pointercancel", () => {
  for (const element of document.querySelectorAll(".patches")) {
    const brush = brushes.get(element);
    if (!brush?.stroke) continue;
    Object.assign(brush, { chosen: brush.stroke.before, stroke: null }); // the page was scrolled instead
    drawPatches(element);
  }
});

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const sayPatch = (patch, columns, chosen) => {
  const say = document.querySelector("[data-patches-say]");
  if (say) say.textContent = `row ${Math.floor(patch / columns) + 1}, column ${(patch % columns) + 1}${chosen.has(patch) ? ", chosen" : ""}`;
};
document.addEventListener("keydown", (event) => {
  const element = event.target.closest?.(".patches");
  if (!element || event.metaKey || event.ctrlKey || event.altKey) return;
  const { rows, columns } = gridOf(element);
  const brush = brushes.get(element);
  const step = STEPS[event.key];
  if (step) {
    const [row, column] = brush.cursor === null ? [0, 0] : [Math.floor(brush.cursor / columns) + step[0], (brush.cursor % columns) + step[1]];
    brush.cursor = Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column));
  } else if (event.key === " ") {
    brush.cursor ??= 0;
    setPatch(element, brush.cursor, !brush.chosen.has(brush.cursor));
  } else if (event.key === "Escape") brush.chosen.clear();
  else return;
  event.preventDefault();
  drawPatches(element);
  if (!step) askPatches(element);
  if (brush.cursor !== null) sayPatch(brush.cursor, columns, brush.chosen);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-patches-clear]")) return;
  for (const element of document.querySelectorAll(".patches")) {
    brushes.get(element).chosen.clear();
    drawPatches(element);
    askPatches(element);
  }
});

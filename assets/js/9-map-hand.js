// The map under the hand: pointers, the wheel, keys, and the controls beside it.

const mapPointers = (map, scene) => {
  const canvas = map.querySelector(".map-points");
  const down = new Map(); // pointer → where it is
  let moved = 0;
  let line = null; // an area that is being drawn
  const at = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture?.(event.pointerId);
    down.set(event.pointerId, at(event));
    moved = 0;
    line = down.size === 1 && (map.classList.contains("lassoing") || event.shiftKey) ? [scene.toMap(at(event))] : null;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    const here = at(event);
    if (!before) return event.pointerType === "mouse" && mapPoint(map, scene, scene.nearest(here));
    moved += Math.hypot(here[0] - before[0], here[1] - before[1]);
    if (line) {
      line.push(scene.toMap(here));
      scene.area = line;
      scene.changed();
    } else if (down.size === 1) {
      map.classList.add("panning");
      scene.pan(here[0] - before[0], here[1] - before[1]);
      mapPoint(map, scene, -1);
    } else if (down.size === 2) {
      const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      const far = (a) => Math.max(1, Math.hypot(a[0] - other[0], a[1] - other[1]));
      scene.zoomAt(far(here) / far(before), [(here[0] + other[0]) / 2, (here[1] + other[1]) / 2]);
    }
    down.set(event.pointerId, here);
  });
  const up = (event) => {
    if (!down.delete(event.pointerId)) return;
    map.classList.remove("panning");
    if (line) {
      const corners = thinned(line);
      line = null;
      mapLassoing(map, false);
      return scene.select(corners.length >= 3 ? corners : []);
    }
    if (moved > 5 || event.type === "pointercancel") return;
    const found = scene.nearest(at(event));
    mapPoint(map, scene, found);
    if (found >= 0 && event.pointerType === "mouse") location.href = mapNeuron(scene, found); // a finger sees the card first
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  // A finger that is lifted leaves as well, and its card stays.
  canvas.addEventListener("pointerleave", (event) => event.pointerType !== "mouse" || event.relatedTarget?.closest?.(".map-card") || down.size || mapPoint(map, scene, -1));
  canvas.addEventListener("wheel", (event) => (event.preventDefault(), scene.zoomAt(Math.exp(-event.deltaY / 500), at(event))), { passive: false });
};

const mapNeuron = (scene, point) => `neuron?${new URLSearchParams({ atlas: scene.told.atlas, id: scene.points.neuron[point] })}`;

// The card of the point that is meant; −1 for none.
const mapPoint = async (map, scene, point) => {
  const card = map.querySelector(".map-card");
  map.classList.toggle("over", point >= 0);
  if (point === scene.pointed) return;
  scene.pointed = point;
  if (point < 0) return void (card.hidden = true);
  const neuron = scene.points.neuron[point];
  const reply = await fetch(`map-neurons/${encodeURIComponent(scene.told.atlas)}/${neuron}.json`).catch(() => null);
  if (scene.pointed !== point || !reply?.ok) return;
  const told = await reply.json();
  const part = (tag, words, kind = "") => Object.assign(document.createElement(tag), { textContent: words, className: kind });
  const thumbs = part("div", "", "thumbs");
  for (const src of told.thumbs) thumbs.append(Object.assign(new Image(), { src, alt: "" }));
  card.replaceChildren(thumbs, part("b", told.name, told.unsure ? "unsure" : ""), part("small", `${told.id} · ${told.figures}`));
  card.href = mapNeuron(scene, point);
  card.hidden = false;
  const [left, top] = scene.toScreen([scene.squares.xs[point], scene.squares.ys[point]]);
  const [right, below] = [left + 16 + card.offsetWidth < map.clientWidth, top + card.offsetHeight < map.clientHeight];
  card.style.transform = `translate(${Math.max(4, right ? left + 14 : left - 14 - card.offsetWidth)}px, ${Math.max(4, below ? top - 8 : map.clientHeight - card.offsetHeight - 8)}px)`;
};

const mapKeys = (map, scene) => {
  const canvas = map.querySelector(".map-points");
  const middle = () => [canvas.clientWidth / 2, canvas.clientHeight / 2];
  const step = () => 0.12 * Math.min(...middle()) * 2;
  const keys = {
    ArrowLeft: () => scene.pan(step(), 0),
    ArrowRight: () => scene.pan(-step(), 0),
    ArrowUp: () => scene.pan(0, step()),
    ArrowDown: () => scene.pan(0, -step()),
    "+": () => scene.zoomAt(1.4, middle()),
    "=": () => scene.zoomAt(1.4, middle()),
    "-": () => scene.zoomAt(1 / 1.4, middle()),
    0: () => scene.move(0.5, 0.5, 1),
    Escape: () => scene.select([]),
    Enter: () => scene.pointed >= 0 && (location.href = mapNeuron(scene, scene.pointed)),
  };
  canvas.addEventListener("keydown", (event) => {
    const key = keys[event.key];
    if (!key || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    key();
    const reach = 0.25 * Math.min(...middle());
    if (event.key !== "Enter") mapPoint(map, scene, scene.squares.nearest(scene.view.x, scene.view.y, Math.abs(scene.toMap([reach, 0])[0] - scene.toMap([0, 0])[0])));
  });
};

const mapLassoing = (map, on) => {
  map.classList.toggle("lassoing", on);
  map.querySelector("[data-lasso]").setAttribute("aria-pressed", on);
};

const mapControls = (element, map, scene) => {
  const canvas = map.querySelector(".map-points");
  const select = element.querySelector("[name=colour]");
  const recolour = () => {
    const by = select.value || "ms";
    scene.colour(by);
    for (const legend of element.querySelectorAll("[data-legend]")) legend.hidden = legend.dataset.legend !== by;
  };
  select.addEventListener("input", recolour);
  recolour();
  element.addEventListener("click", (event) => {
    const button = event.target.closest("button, a");
    if (button?.dataset.zoom) scene.zoomAt(Number(button.dataset.zoom), [canvas.clientWidth / 2, canvas.clientHeight / 2]);
    if (button?.dataset.whole !== undefined) scene.move(0.5, 0.5, 1);
    if (button?.dataset.lasso !== undefined) mapLassoing(map, !map.classList.contains("lassoing"));
    if (button?.dataset.clear !== undefined) scene.select([]);
    if (button?.dataset.fly) {
      scene.move(...button.dataset.fly.split(",").map(Number));
      map.scrollIntoView({ block: "center" });
    }
    if (button?.dataset.inView !== undefined) button.href = mapBrowse(scene, [[0, 0], [1, 0], [1, 1], [0, 1]].map(([x, y]) => scene.toMap([x * canvas.clientWidth, y * canvas.clientHeight])));
  });
};

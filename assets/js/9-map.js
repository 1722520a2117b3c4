// The map: what is seen of it, what is pointed at, and what is selected. Drawn by explorer/ui/pages/map.

const MAP_REACH = 14; // pixels around a pointer in which a point is meant
const MAP_ZOOMS = [0.8, 60];

// Called when a part of the page is drawn; does something where it holds a map.
const startMap = async (element) => {
  const map = element.querySelector("[data-map]");
  if (!map || map.dataset.started) return;
  map.dataset.started = "yes";
  const told = JSON.parse(map.dataset.map);
  const canvas = map.querySelector(".map-points");
  let points;
  try {
    const reply = await fetch(told.points);
    if (!reply.ok) throw new Error(reply.status);
    points = readMapPoints(await reply.arrayBuffer());
  } catch {
    map.querySelector("[data-failed]").hidden = false;
    return;
  }
  const painter = mapPainter(canvas, points.place, points.count);
  if (!painter) {
    map.querySelector("[data-no-webgl]").hidden = false;
    canvas.hidden = true;
    map.querySelector(".map-tools").hidden = true;
    return;
  }
  const scene = mapScene(map, told, points, painter);
  mapPointers(map, scene);
  mapKeys(map, scene);
  mapControls(element, map, scene);
  map.dataset.ready = points.count;
};

// What is seen, and everything that changes it.
const mapScene = (map, told, points, painter) => {
  const [canvas, drawn] = map.querySelectorAll("canvas");
  const squares = mapSquares(points);
  const params = new URLSearchParams(location.search);
  const [x, y, zoom] = (params.get("at") ?? "").split(",").map(Number);
  const view = x >= 0 && x <= 1 && y >= 0 && y <= 1 && zoom > 0 ? { x, y, zoom } : { x: 0.5, y: 0.5, zoom: 1 };
  let asked = 0;
  let writing;
  let blank = 0;
  const pixels = () => 0.92 * Math.min(canvas.clientWidth, canvas.clientHeight) * view.zoom; // of the map's whole side
  const labels = told.groups.map(({ name, x, y }) => {
    const label = document.createElement("span");
    label.textContent = name;
    map.querySelector(".map-labels").append(label);
    return { label, width: label.offsetWidth, x, y };
  });
  const scene = {
    view,
    told,
    points,
    squares,
    area: readMapArea(params.get("area")),
    toScreen: ([x, y]) => [canvas.clientWidth / 2 + (x - view.x) * pixels(), canvas.clientHeight / 2 + (y - view.y) * pixels()],
    toMap: ([left, top]) => [view.x + (left - canvas.clientWidth / 2) / pixels(), view.y + (top - canvas.clientHeight / 2) / pixels()],
    nearest: (screen) => squares.nearest(...scene.toMap(screen), MAP_REACH / pixels()),
    colour: (by) => (painter.colours(mapColours(points, by, told)), scene.changed()),
    changed() {
      asked ||= requestAnimationFrame(() => ((asked = 0), scene.draw()));
    },
    draw() {
      const dense = Math.min(2, devicePixelRatio);
      const diameter = Math.max(2.2, Math.min(10, 230 / Math.sqrt(points.count))) * Math.min(3, view.zoom ** 0.4);
      painter.draw(view, pixels(), diameter * dense);
      if (scene.area.length || blank !== drawn.width) drawMapArea(drawn, scene.area, scene.toScreen);
      blank = scene.area.length ? 0 : drawn.width; // nothing is drawn on a canvas of this width
      const placed = [];
      for (const { label, width, x, y } of labels) {
        const [left, top] = scene.toScreen([x, y]);
        const free = placed.every(([l, t, w]) => Math.abs(l - left) > (w + width) / 2 + 8 || Math.abs(t - top) > 20);
        label.style.visibility = free ? "visible" : "hidden"; // commoner names first
        if (!free) continue;
        placed.push([left, top, width]);
        label.style.transform = `translate(${left}px, ${top}px) translate(-50%, -50%)`;
      }
    },
    move(x, y, zoom) {
      view.zoom = Math.min(MAP_ZOOMS[1], Math.max(MAP_ZOOMS[0], zoom));
      [view.x, view.y] = [x, y].map((place) => Math.min(1, Math.max(0, place)));
      scene.changed();
      clearTimeout(writing);
      writing = setTimeout(() => scene.write("at", view.zoom === 1 && view.x === 0.5 && view.y === 0.5 ? "" : [view.x, view.y, view.zoom].map(mapNumber).join(",")), 300);
    },
    zoomAt(factor, screen) {
      const [x, y] = scene.toMap(screen);
      const before = view.zoom;
      const zoom = Math.min(MAP_ZOOMS[1], Math.max(MAP_ZOOMS[0], before * factor));
      scene.move(x + ((view.x - x) * before) / zoom, y + ((view.y - y) * before) / zoom, zoom);
    },
    pan: (dx, dy) => scene.move(view.x - dx / pixels(), view.y - dy / pixels(), view.zoom),
    write(name, value) {
      if (!map.isConnected) return; // the page went on meanwhile
      const address = new URL(location.href);
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
      history.replaceState(null, "", address);
    },
    select(corners) {
      scene.area = corners;
      scene.write("area", corners.length ? writeMapArea(corners) : "");
      mapSelected(map, scene);
      scene.changed();
    },
  };
  const resize = () => {
    const dense = Math.min(2, devicePixelRatio);
    for (const one of [canvas, drawn]) [one.width, one.height] = [one.clientWidth * dense, one.clientHeight * dense];
    scene.draw();
  };
  painter.colours(mapColours(points, "ms", told));
  new ResizeObserver(resize).observe(map);
  resize();
  mapSelected(map, scene);
  return scene;
};

const mapSelected = (map, scene) => {
  const bar = map.querySelector(".map-selected");
  bar.hidden = scene.area.length < 3;
  if (bar.hidden) return;
  const count = countInside(scene.squares, scene.area);
  bar.querySelector("b").textContent = `${count.toLocaleString("en")} ${count === 1 ? "neuron" : "neurons"}`;
  bar.querySelector("a").href = mapBrowse(scene, scene.area);
};
const mapBrowse = (scene, corners) => `./?${new URLSearchParams({ atlas: scene.told.atlas, area: writeMapArea(corners) })}`;

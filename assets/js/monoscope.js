// What the browser does itself: keeps the address in step with the view, arrow keys, enlarging, heat-maps.
// Python draws everything; its parts listen through monoscope.part (explorer/ui/frame.py).
(() => {
  "use strict";
  if (window.monoscope) return;
  const listeners = new Set();
  const root = document.documentElement;

  // ——— addresses: a view is its link ———
  const announce = (event) => listeners.forEach((trigger) => trigger(event));
  const visit = (href, how, event) => {
    history[how](null, "", href);
    announce(event);
  };
  addEventListener("popstate", () => announce("submit"));

  document.addEventListener("click", (event) => {
    const plain = !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target.closest?.("a[data-view]");
    if (!plain || !link || !listeners.size || new URL(link.href).pathname !== location.pathname) return;
    event.preventDefault();
    visit(link.href, "pushState", "submit");
    scrollTo({ top: 0 });
  });

  // ——— filters: the form's fields are the address's fields; empty ones stay out of it ———
  const filters = () => document.getElementById("filters");
  const filterAddress = (form) => {
    const params = new URLSearchParams();
    for (const field of form.elements) {
      if (!field.name || field.value === "" || field.value === field.dataset.none) continue;
      if (field.type === "checkbox" && !field.checked) continue;
      params.set(field.name, field.value);
    }
    return `${location.pathname}?${params}`;
  };
  let waiting;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.heat !== undefined) return root.style.setProperty("--heat", field.value);
    if (!field.form || field.form !== filters()) return;
    if (field.type === "range") drawRange(field);
    clearTimeout(waiting);
    // another similarity encoder has another range of MS: the controls are drawn anew
    const event_ = field.name === "e" ? "submit" : "input";
    const pause = field.type === "range" || field.type === "search" ? 160 : 0;
    waiting = setTimeout(() => visit(filterAddress(field.form), "replaceState", event_), pause);
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "filters") return;
    event.preventDefault();
    clearTimeout(waiting);
    visit(filterAddress(event.target), "replaceState", "input");
  });

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

  // ——— keys ———
  const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector(".search input[type=search]");
      if (search) event.preventDefault(), search.focus();
    }
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (!rel) return;
    if (viewer?.open) return enlarge(neighbour(rel));
    document.querySelector(`a[rel=${rel}]`)?.click();
  });

  // ——— enlarging ———
  let viewer;
  let shown;
  const neighbour = (rel) => {
    const tiles = [...document.querySelectorAll("[data-enlarge]")];
    return tiles[tiles.indexOf(shown) + (rel === "next" ? 1 : -1)];
  };
  const makeViewer = () => {
    viewer = document.createElement("dialog");
    viewer.className = "viewer";
    viewer.setAttribute("aria-label", "Image, enlarged");
    viewer.innerHTML = '<form method="dialog"><button aria-label="Close" title="Close (Esc)">×</button></form><div class="viewer-frame"></div><p></p>';
    viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
    (document.querySelector(".gradio-container") ?? document.body).append(viewer);
  };
  const enlarge = (tile) => {
    if (!tile) return;
    if (!viewer?.isConnected) makeViewer();
    shown = tile;
    const [image, heat] = [...tile.querySelectorAll("img")].map((img) => img.cloneNode());
    image.removeAttribute("loading");
    const frame = viewer.querySelector(".viewer-frame");
    frame.style.setProperty("--ratio", image.getAttribute("width") / image.getAttribute("height"));
    heat?.setAttribute("style", tile.dataset.whole);
    frame.replaceChildren(image, ...(heat ? [heat] : []));
    viewer.querySelector("p").textContent = tile.dataset.caption;
    if (!viewer.open) viewer.showModal();
  };
  document.addEventListener("click", (event) => {
    const tile = event.target.closest?.("[data-enlarge]");
    if (tile) enlarge(tile);
    for (const open of document.querySelectorAll("details.chooser[open]")) if (!open.contains(event.target)) open.open = false;
  });

  // ——— copying a link ———
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(new URL(button.dataset.copy, document.baseURI).href);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it from the address bar";
    }
    setTimeout(() => (button.textContent = words), 1600);
  });

  // ——— heat-maps over a visitor's picture ———
  const showHeat = (event) => {
    const row = event.target.closest?.("[data-heat-png]");
    const heat = row && document.querySelector("[data-heat-here]");
    if (!heat || row.hasAttribute("aria-current")) return;
    heat.src = row.dataset.heatPng;
    document.querySelectorAll("[data-heat-png][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
  };
  for (const kind of ["pointerover", "focusin", "click"]) document.addEventListener(kind, showHeat);

  const arrived = (element) => {
    drawRange();
    const slider = element.querySelector("[data-heat]");
    if (slider && root.style.getPropertyValue("--heat")) slider.value = root.style.getPropertyValue("--heat");
    const titled = element.querySelector("[data-title]");
    if (titled) document.title = `${titled.dataset.title} · Monoscope`;
  };

  window.monoscope = {
    // Called once for every part of a page: `trigger` is null where it only shows.
    part(element, watch, trigger) {
      if (trigger) listeners.add(trigger);
      watch("value", () => arrived(element));
      arrived(element);
    },
    forgetExample(...inputs) {
      const address = new URL(location.href);
      address.searchParams.delete("example");
      history.replaceState(null, "", address);
      return inputs;
    },
  };
})();

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
    const merged = link.dataset.view === "merge";
    visit(merged ? mergedAddress(link) : link.href, "pushState", "submit");
    if (!merged) scrollTo({ top: 0 });
  });

  // A link that changes some fields of the view, as it is by then; an empty one returns to its default.
  const mergedAddress = (link) => {
    const address = new URL(location.href);
    new URL(link.href).searchParams.forEach((value, name) => (value ? address.searchParams.set(name, value) : address.searchParams.delete(name)));
    return address.href;
  };

  // ——— filters: the form's fields are the address's fields; empty ones stay out of it ———
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
  // Fields that give others another range, so that all is drawn anew, without what was set in these.
  const REDRAWS = { e: [], id: ["alpha"] };
  const eventOf = (field) => (REDRAWS[field?.name] ? "submit" : "input");
  const PAUSES = { range: 160, search: 160, text: 400, number: 400 }; // ms, for one who is still moving or typing
  let waiting;
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.heat !== undefined) return root.style.setProperty("--heat", field.value);
    if (!field.form || field.form !== filters()) return;
    if (field.name === "alpha") drawAlpha(field);
    else if (field.type === "range") drawRange(field);
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

  // ——— keys ———
  const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector(".search input[type=search]");
      if (search) event.preventDefault(), search.focus();
    }
    if (/^[123]$/.test(event.key)) document.getElementById(`answer-${event.key}`)?.click(); // the study
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
    const alpha = element.querySelector("[name=alpha]");
    if (alpha) drawAlpha(alpha);
    const typedIn = element.contains(document.activeElement) ? null : element.querySelector(`.steering [name="${touched}"]`);
    typedIn?.focus({ preventScroll: true }); // a form that is drawn anew must not take the keyboard away
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

// Images, enlarged.

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
  viewer.innerHTML = '<form method="dialog"><button aria-label="Close" title="Close (Esc)">×</button></form><div class="viewer-frame"></div><p></p><a class="viewer-ask">Which neurons fire on this image?</a>';
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
  const ask = viewer.querySelector(".viewer-ask");
  ask.hidden = !tile.dataset.ask;
  ask.href = tile.dataset.ask ?? "";
  if (!viewer.open) viewer.showModal();
};
document.addEventListener("click", (event) => {
  const tile = event.target.closest?.("[data-enlarge]");
  if (tile) enlarge(tile);
});

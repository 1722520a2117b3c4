// Buttons and menus: copying a link; showing and hiding; a menu closes when something else is clicked.

// The HTML that puts a card into another page.
const frameOf = (address, title) => {
  const frame = document.createElement("iframe");
  Object.entries({ src: address, title, width: 420, height: 330, loading: "lazy", style: "border: 0" }).forEach(([name, value]) => frame.setAttribute(name, value));
  return frame.outerHTML;
};
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const words = button.textContent;
  try {
    const address = new URL(button.dataset.copy, document.baseURI).href;
    await navigator.clipboard.writeText(button.dataset.frame ? frameOf(address, button.dataset.frame) : address);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy it from the address bar";
  }
  setTimeout(() => (button.textContent = words), 1600);
});

// A button that shows and hides what it controls; the style sheet looks at `aria-expanded`.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-opens]");
  if (!button) return;
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  if (open) document.getElementById(button.getAttribute("aria-controls"))?.scrollIntoView({ block: "nearest" });
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.chooser[open]")) if (!open.contains(event.target)) open.open = false;
});

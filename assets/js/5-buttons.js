// Buttons and menus: copying a link; a menu closes when something else is clicked.

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

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.chooser[open]")) if (!open.contains(event.target)) open.open = false;
});

// Buttons and menus: copying a link; a menu closes when something else is clicked.

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

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.chooser[open]")) if (!open.contains(event.target)) open.open = false;
});

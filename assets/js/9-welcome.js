// The introduction: shown where an address asks for nothing, until a visitor hides it; the summary's link brings it back.

const WELCOME = "monoscope-welcome";
const remembered = () => {
  try {
    return localStorage.getItem(WELCOME);
  } catch {
    return null; // a browser that keeps nothing is a first visit every time
  }
};
const remember = (hidden) => {
  try {
    hidden ? localStorage.setItem(WELCOME, "hidden") : localStorage.removeItem(WELCOME);
  } catch {
    // see above
  }
  root.classList.toggle("unwelcome", hidden);
};
const asksNothing = () => [...new URLSearchParams(location.search).keys()].every((name) => name === "atlas" || name.startsWith("__"));
// Before the page is drawn, so that its place is kept, or not, from the beginning.
root.classList.toggle("unwelcome", remembered() === "hidden");
root.classList.toggle("welcomes", asksNothing());

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-dismiss]")) remember(true);
  if (event.target.closest?.("[data-welcome]")) remember(false), scrollTo({ top: 0 });
});

// The note on an atlas's images covers the page until a visitor agrees; the browser remembers that until it is closed.

const noted = (atlas) => `monoscope-note-${atlas}`;
const drawNote = () => {
  const note = document.querySelector("[data-note]");
  if (!note) return;
  try {
    note.hidden = sessionStorage.getItem(noted(note.dataset.note)) === "agreed";
  } catch {
    // a browser that keeps nothing asks each time
  }
  if (!note.hidden && document.activeElement === document.body) note.querySelector("button").focus();
};
document.addEventListener("click", (event) => {
  const agreed = event.target.closest?.("[data-agree]");
  if (!agreed) return;
  try {
    sessionStorage.setItem(noted(agreed.dataset.agree), "agreed");
  } catch {
    // see above
  }
  document.querySelector("[data-note]").hidden = true;
});

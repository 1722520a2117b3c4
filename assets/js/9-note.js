// The notes on the images of the atlases that a page shows cover it until a visitor agrees; the browser remembers that until it is closed.

const noted = (atlas) => `monoscope-note-${atlas}`;
const agreedTo = (atlas) => {
  try {
    return sessionStorage.getItem(noted(atlas)) === "agreed";
  } catch {
    return false; // a browser that keeps nothing asks each time
  }
};
// Of several atlases' notes one at a time.
const showNote = (notes) => {
  const first = notes.find((note) => !note.dataset.agreed);
  for (const note of notes) note.hidden = note !== first;
  if (first && document.activeElement === document.body) first.querySelector("button").focus();
};
const drawNote = () => {
  const notes = [...document.querySelectorAll("[data-note]")];
  for (const note of notes) if (agreedTo(note.dataset.note)) note.dataset.agreed = "true";
  showNote(notes);
};
document.addEventListener("click", (event) => {
  const agreed = event.target.closest?.("[data-agree]");
  if (!agreed) return;
  try {
    sessionStorage.setItem(noted(agreed.dataset.agree), "agreed");
  } catch {
    // see above
  }
  agreed.closest("[data-note]").dataset.agreed = "true";
  agreed.blur();
  showNote([...document.querySelectorAll("[data-note]")]);
});

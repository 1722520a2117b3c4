// Keys: what each does is told by the list that "?" shows.

const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");
const KEYS = [
  ["/", "search"],
  ["j  k", "next and previous neuron of a list"],
  ["Enter", "open it"],
  ["c", "put it into the compare tray, or take it out"],
  ["n  p", "next and previous page"],
  ["←  →", "previous and next neuron, page or image"],
  ["s", "surprise me: a random neuron"],
  ["1  2  3", "answer the study"],
  ["?", "this list"],
];

// The neurons of a list: a card's or row's link stands for it.
const listed = () => [...document.querySelectorAll(".card[data-neuron], tr[data-neuron]")];
const ofFocus = () => document.activeElement?.closest?.("[data-neuron]");
const goTo = (steps) => {
  const neurons = listed();
  const at = neurons.indexOf(ofFocus());
  const next = neurons[at < 0 ? (steps > 0 ? 0 : neurons.length - 1) : Math.min(Math.max(at + steps, 0), neurons.length - 1)];
  next?.querySelector(".stretched, th a")?.focus();
  next?.scrollIntoView({ block: "nearest" });
};

let keyList;
const showKeys = () => {
  if (!keyList?.isConnected) {
    keyList = document.createElement("dialog");
    keyList.className = "key-list";
    keyList.setAttribute("aria-label", "Keys");
    const rows = KEYS.map(([keys, what]) => `<dt>${keys.split("  ").map((key) => `<kbd>${key}</kbd>`).join(" ")}</dt><dd>${what}</dd>`);
    keyList.innerHTML = `<h2>Keys</h2><dl>${rows.join("")}</dl><form method="dialog"><button>Close</button></form>`;
    keyList.addEventListener("click", (event) => event.target === keyList && keyList.close());
    (document.querySelector(".gradio-container") ?? document.body).append(keyList);
  }
  keyList.showModal();
};

const press = (selector) => document.querySelector(selector)?.click();
const DOES = {
  "/": (event) => {
    const search = document.querySelector(".search input[type=search]");
    if (search) event.preventDefault(), search.focus();
  },
  "?": showKeys,
  j: () => goTo(1),
  k: () => goTo(-1),
  n: () => press("a[rel=next]"),
  p: () => press("a[rel=prev]"),
  c: () => ofFocus()?.querySelector("[data-tray]")?.click(),
  s: () => press("[data-surprise]"),
  ArrowLeft: () => (viewer?.open ? enlarge(neighbour("prev")) : press("a[rel=prev]")),
  ArrowRight: () => (viewer?.open ? enlarge(neighbour("next")) : press("a[rel=next]")),
};
for (const answer of "123") DOES[answer] = () => press(`#answer-${answer}`); // the study

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
  if (keyList?.open || (viewer?.open && !event.key.startsWith("Arrow"))) return;
  DOES[event.key]?.(event);
});

// Terms and numbers explain themselves: on hover and focus a term, and by a tap whatever has a title.

let tip;
let told; // what is explained now
const makeTip = () => {
  tip = document.createElement("div");
  tip.id = "tip";
  tip.popover = "manual";
  tip.setAttribute("role", "tooltip");
  (document.querySelector(".gradio-container") ?? document.body).append(tip);
};
const hush = () => {
  if (!told) return;
  told.removeAttribute("aria-describedby");
  told = null;
  tip.hidePopover();
};
const explain = (element) => {
  if (!element || element === told) return;
  hush();
  if (!tip?.isConnected) makeTip();
  told = element;
  tip.textContent = element.dataset.tip ?? element.title;
  element.setAttribute("aria-describedby", "tip");
  tip.showPopover();
  const [at, own] = [element.getBoundingClientRect(), tip.getBoundingClientRect()];
  const below = at.bottom + 8 + own.height < innerHeight;
  tip.style.left = `${Math.max(12, Math.min(at.left, document.documentElement.clientWidth - own.width - 12))}px`;
  tip.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - 8 - own.height)}px`;
};

const termAt = (event) => event.target.closest?.(".term");
document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && explain(termAt(event)));
document.addEventListener("pointerout", (event) => event.pointerType === "mouse" && told === termAt(event) && hush());
document.addEventListener("focusin", (event) => explain(termAt(event)));
document.addEventListener("focusout", hush);
document.addEventListener("click", (event) => {
  const titled = event.pointerType === "touch" && !event.target.closest("a, button, summary, select") && event.target.closest(".part [title]");
  const asked = termAt(event) ?? titled;
  if (!asked) return hush();
  explain(asked);
});
document.addEventListener("keydown", (event) => event.key === "Escape" && hush());
addEventListener("scroll", hush, { passive: true });

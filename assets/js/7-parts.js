// The parts of a page: each is drawn by Python and calls monoscope.part when it is made (explorer/ui/parts/html.py).

// On a phone the navigation is wider than the screen: the page that is shown is in view.
const showCurrentPage = (element) => {
  const current = element.querySelector(".top nav [aria-current]");
  if (current) current.parentElement.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - current.parentElement.clientWidth / 2 - current.parentElement.offsetLeft;
};

const arrived = (element) => {
  startMap(element);
  drawNames(element);
  drawRange();
  drawFold();
  drawTray();
  drawNote();
  showCurrentPage(element);
  const alpha = element.querySelector("[name=alpha]");
  if (alpha) drawAlpha(alpha);
  const typedIn = element.contains(document.activeElement) ? null : element.querySelector(`.steering [name="${touched}"]`);
  typedIn?.focus({ preventScroll: true }); // a form that is drawn anew must not take the keyboard away
  const slider = element.querySelector("[data-heat]");
  if (slider && root.style.getPropertyValue("--heat")) slider.value = root.style.getPropertyValue("--heat");
  pictureArrived(element);
  patchesArrived(element);
  if (element.querySelector("[data-row], [data-heat-here]")) heatArrived();
  const titled = element.querySelector("[data-title]");
  if (titled) document.title = `${titled.dataset.title} · Monoscope`;
};

const withoutFields = (names, inputs, added = {}) => {
  const address = new URL(location.href);
  for (const name of names) address.searchParams.delete(name);
  for (const [name, value] of Object.entries(added)) address.searchParams.set(name, value);
  history.replaceState(null, "", address);
  return inputs;
};

window.monoscope = {
  // Called once for every part of a page: `trigger` is null where it only shows.
  part(element, watch, trigger) {
    if (trigger) listeners.add(trigger);
    watch("value", () => arrived(element));
    arrived(element);
  },
  // An upload takes the place of what the address names.
  forgetExample: (...inputs) => withoutFields(["example", "patches", "show"], inputs),
  takeSecond: (...inputs) => withoutFields(["patches", "show"], inputs, { example2: "upload" }),
};

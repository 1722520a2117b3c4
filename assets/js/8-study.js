// The study: a press of a button is one request (explorer/ui/routes/study_presses.py). It says which pair is on the page, and how
// long it took from the moment that the last picture arrived.

const arrivedAt = {}; // by ticket, in milliseconds
document.addEventListener(
  "load",
  (event) => {
    const pair = event.target.closest?.(".pair[data-ticket]");
    if (pair) arrivedAt[pair.dataset.ticket] = performance.now();
  },
  true, // loads of pictures do not bubble
);

const UNREACHED = "The explorer cannot be reached, so nothing was kept. Press again in a moment.";
let pressUnderWay = false; // what is pressed while a press is under way counts for nothing
const ofPair = () => {
  const ticket = document.querySelector(".pair[data-ticket]")?.dataset.ticket ?? "";
  const took = ticket in arrivedAt ? performance.now() - arrivedAt[ticket] : 0;
  return { ticket, took: took.toFixed(0) };
};
const sendPress = async (press) => {
  const headers = { "Content-Type": "application/json" };
  const reply = await fetch(`study-press${location.search}`, { method: "POST", headers, body: JSON.stringify(press) });
  if (reply.ok) return reply.json();
  throw new Error(await reply.text());
};
// What a button of the page does: new values of the page's parts, for Gradio to show.
window.monoscope.press = async (button, token, code = "") => {
  if (pressUnderWay) return undefined;
  pressUnderWay = true;
  try {
    return await sendPress({ button, token, code, ...ofPair() });
  } catch (error) {
    const told = document.createElement("p");
    told.className = "notice";
    told.setAttribute("role", "status");
    told.textContent = error instanceof TypeError ? UNREACHED : error.message;
    return [{ __type__: "update" }, told.outerHTML];
  } finally {
    pressUnderWay = false;
  }
};

// The study: an answer says which pair is on the page, and how long it took from the moment that the last picture arrived.

const arrivedAt = {}; // by ticket, in milliseconds
document.addEventListener(
  "load",
  (event) => {
    const pair = event.target.closest?.(".pair[data-ticket]");
    if (pair) arrivedAt[pair.dataset.ticket] = performance.now();
  },
  true, // loads of pictures do not bubble
);
window.monoscope.answered = (token) => {
  const ticket = document.querySelector(".pair[data-ticket]")?.dataset.ticket ?? "";
  const took = ticket in arrivedAt ? performance.now() - arrivedAt[ticket] : 0;
  return [token, ticket, took.toFixed(0)];
};

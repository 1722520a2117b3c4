// Keys: / searches, arrows go on, 1 to 3 answer the study.

const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || typing(event.target)) return;
  if (event.key === "/") {
    const search = document.querySelector(".search input[type=search]");
    if (search) event.preventDefault(), search.focus();
  }
  if (/^[123]$/.test(event.key)) document.getElementById(`answer-${event.key}`)?.click(); // the study
  const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
  if (!rel) return;
  if (viewer?.open) return enlarge(neighbour(rel));
  document.querySelector(`a[rel=${rel}]`)?.click();
});

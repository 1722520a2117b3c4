// Pictures come from anywhere on the page: pasted or dropped.

const takePicture = (file) => {
  const input = document.querySelector("#upload input[type=file]");
  if (!file?.type.startsWith("image/") || !input) return false;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  return true;
};
document.addEventListener("paste", (event) => {
  if (typing(event.target)) return;
  if (takePicture(event.clipboardData?.files[0])) event.preventDefault();
});
const overInput = (event) => event.target.closest?.("#upload, #second-upload");
document.addEventListener("dragover", (event) => {
  if (document.querySelector("#upload") && event.dataTransfer?.types.includes("Files") && !overInput(event)) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  if (!document.querySelector("#upload") || !event.dataTransfer?.files.length || overInput(event)) return;
  event.preventDefault();
  takePicture(event.dataTransfer.files[0]);
});

// A picture that the address names has its room from the start, until it comes, or until it is said why it does not.
const pictureArrived = (element) => {
  const page = element.closest("#image-columns");
  const named = new URL(location.href).searchParams.has("example");
  page?.toggleAttribute("data-awaits", named && !page.querySelector("#picture .frame, #fired .notice"));
};

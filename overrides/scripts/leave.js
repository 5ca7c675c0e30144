// "Keluar cepat": empties the page at once and puts an ordinary site in its place.
// The link works without this; here Escape, pressed three times, does the same.

const leaveLink = document.querySelector(".leave");
const leaveWords = document.querySelector(".leaving");
const LEAVE_PRESSES = 3;
const LEAVE_MILLISECONDS = 5000; // between one press and the next
let leavePresses = 0;
let leavePressed = 0;

function leaveNow(event) {
  event.preventDefault();
  for (const field of document.querySelectorAll("input, select, textarea")) {
    field.value = "";
    field.checked = false;
  }
  // What is left stands outside the window: it is for screen readers.
  document.body.replaceChildren(leaveWords);
  leaveWords.textContent = leaveWords.dataset.gone;
  document.title = "";
  if (window.speechSynthesis) speechSynthesis.cancel();
  location.replace(leaveLink.href);
}

function leaveByKey(event) {
  if (event.key !== "Escape" || event.repeat) return;
  leavePresses = event.timeStamp - leavePressed < LEAVE_MILLISECONDS ? leavePresses + 1 : 1;
  leavePressed = event.timeStamp;
  if (leavePresses === LEAVE_PRESSES) leaveNow(event);
  else leaveWords.textContent = leaveWords.dataset.more.replace("{n}", LEAVE_PRESSES - leavePresses);
}

if (leaveLink) {
  leaveLink.querySelector("small").hidden = false;
  leaveLink.addEventListener("click", leaveNow);
  addEventListener("keydown", leaveByKey);
}

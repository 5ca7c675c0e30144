// Starts "Minta bantuan": opens a door, walks through the questions, checks, sends. Where WebCrypto
// is missing nothing happens here, and each door stays a link to the receiver's own form.
// Needs questions.js, sending.js and hand-over.js.

function openDoor(event) {
  event.preventDefault();
  const { door } = event.currentTarget.dataset;
  element("form").elements.door.value = door;
  for (const field of definition.fields.filter(isOnPage)) showProblem(field, "");
  ask(askedFields(readAnswers())[0]);
}

// Integer UTC seconds, by the team's own clock.
function sayLastRead(seconds) {
  const box = element("last-read");
  const style = { dateStyle: "long", timeStyle: "short", timeZone: box.dataset.zone };
  const locale = document.documentElement.lang === "id" ? "id" : "en-GB";
  box.querySelector("b").textContent = new Intl.DateTimeFormat(locale, style).format(seconds * 1000);
  box.hidden = false;
}

// Whether somebody reads what comes in. No answer means that nothing is known, and nothing is said.
async function askDuty() {
  if (!settings.receiver) return;
  try {
    const answer = await fetch(settings.receiver + "duty", { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) return;
    const duty = await answer.json();
    if (duty.last_read_at) sayLastRead(duty.last_read_at);
    if (duty.on_duty !== false) return;
  } catch {
    return;
  }
  element("off-duty").hidden = false;
  document.querySelector(".duty").hidden = true;
}

// A page kept by the browser for "back" must not show one person's answers to the next.
function hideForBack() {
  document.documentElement.hidden = true;
}

function startAgain(event) {
  if (event.persisted) location.reload();
}

function listenToForm() {
  for (const door of document.querySelectorAll("[data-door]")) door.addEventListener("click", openDoor);
  element("form").addEventListener("submit", next);
  element("form").addEventListener("input", followAnswers);
  const acts = {
    back, skip: next, enough: review, talk: talkInstead, send,
    speak: speakQuestion, "show-pin": showPin, "speak-pin": speakPin, "print-pin": () => print(),
  };
  for (const [id, act] of Object.entries(acts)) element(id).addEventListener("click", act);
  element("last-four").addEventListener("input", checkLastFour);
  listenToHandOver();
}

function start() {
  definition = readJson("form-definition");
  settings = readJson("form-settings");
  forget();
  listenToForm();
  addEventListener("pagehide", hideForBack);
  addEventListener("pageshow", startAgain);
  addEventListener("online", sendAgain);
  if (window.speechSynthesis) {
    speechSynthesis.addEventListener("voiceschanged", offerVoice);
    offerVoice();
  }
  askDuty();
}

if (element("form-definition") && window.crypto?.subtle && window.fetch && window.TextEncoder) start();

// Files a handed-over report, or a note of the team: posts the very bytes that a phone made, so that
// the receiver knows them again. The seal stays closed and nothing is stored; a failed sending keeps
// everything on screen and sends the same bytes again. Needs handed-over.js.

const LARGEST_FILE = 500000; // bytes; a handed-over report has about 40,000
const titip = (id) => document.getElementById("titip" + id);

let settings;
let visit = 0; // counts up whenever everything is forgotten
let busy = false;

function showProblem(code) {
  const line = titip("-error");
  line.querySelector("span").textContent = settings.words[code];
  line.hidden = false;
  line.focus();
}

function showDone(code, number) {
  const box = titip("-done");
  box.querySelector("p").textContent = settings.words[code];
  box.querySelector(".code").textContent = number;
  box.querySelector(".code").hidden = !number;
  box.hidden = false;
  box.focus();
}

function hideResults() {
  for (const name of ["-error", "-done"]) titip(name).hidden = true;
  titip("-pass").parentElement.hidden = true;
  titip("-pass").href = "whatsapp://send";
}

function nameButton(word) {
  titip("-send").querySelector("span").textContent = settings.words[word];
}

function clearGiven() {
  for (const name of ["-text", "-file"]) titip(name).value = "";
  nameButton("send");
}

// Where what was handed over belongs, and in whose words its answers are told. A note names the
// case's report by its token.
const DOORS = {
  report: { path: "submissions", created: "created", known: "known" },
  note: { path: "notes", created: "noteCreated", known: "noteKnown" },
};

function doorOf({ report_token: ofReport }) {
  return ofReport === undefined ? DOORS.report : DOORS.note;
}

// The one report or note in what was given, or the code of what is wrong with it.
function findReport(text) {
  const found = findHandedOver(text);
  if (found.length > 1) return { problem: "several" };
  if (!found.length) return { problem: text.trim() ? "none" : "empty" };
  const [{ body, value }] = found;
  return body ? { body, door: doorOf(value) } : { problem: "damaged" };
}

async function post(body, door) {
  const answer = await fetch(settings.receiver + door.path, {
    method: "POST", body, headers: { "Content-Type": "application/json" },
    credentials: "omit", referrerPolicy: "no-referrer",
  });
  // What stands in front of a receiver may answer with a page of its own.
  return { status: answer.status, told: await answer.json().catch(() => ({})) };
}

function refusalOf({ status, told }, door) {
  const isNote = door === DOORS.note;
  if (status === 404 && told.error === "unknown-case") return "noteUnknown";
  if (status === 409 && told.error === "withdrawn") return "noteWithdrawn";
  if (status === 409 && isNote) return told.error === "token" ? "noteToken" : "noteKeys";
  if (status === 409) return told.error === "token" ? "token" : "keys";
  return [400, 413, 415, 422].includes(status) ? "damaged" : "later";
}

// The receiver names the case of a report, and when a note came; anything else is no answer of its.
function showAnswer(answer, door) {
  const { case_number: number = "", received_at: at } = answer.told;
  if ([200, 201].includes(answer.status) && (number || at)) {
    clearGiven();
    nameButton("another"); // what has been given needs no second press
    showDone(answer.status === 201 ? door.created : door.known, number);
    return;
  }
  const code = refusalOf(answer, door);
  nameButton(code === "later" ? "retry" : "send");
  showProblem(code);
}

// What cannot be sent from here stays on screen, and another phone may send it.
function offerToPass(body) {
  const link = `${location.href.split("#")[0]}#${encodeURIComponent(body)}`;
  titip("-pass").href = `whatsapp://send?text=${encodeURIComponent(link)}`;
  titip("-pass").parentElement.hidden = false;
}

function showNoNetwork() {
  nameButton("retry");
  showProblem("noNetwork");
}

async function file() {
  const { body, door, problem } = findReport(titip("-text").value);
  if (problem) {
    showProblem(problem);
    return;
  }
  const started = visit;
  titip("-status").textContent = settings.words.sending;
  const answer = await post(body, door).catch(() => null);
  if (visit !== started) return;
  if (!answer || answer.status >= 429) offerToPass(body);
  if (answer) showAnswer(answer, door);
  else showNoNetwork();
}

async function send() {
  if (busy) return;
  busy = true;
  hideResults();
  await file();
  busy = false;
  titip("-status").textContent = "";
}

async function readFile() {
  const [chosen] = titip("-file").files;
  if (!chosen) return;
  hideResults();
  if (chosen.size > LARGEST_FILE) showProblem("fileTooLarge");
  else titip("-text").value = await chosen.text();
}

// A fragment stays in the browser; it is taken out of the address and the history at once.
// Fragments that are anchors of this page are left alone.
function takeFragment() {
  const fragment = location.hash;
  if (!/^#(%7B|\{)/i.test(fragment)) return;
  history.replaceState(null, "", location.pathname + location.search);
  titip("-text").value = fragment.slice(1);
  send();
}

function forgetEverything() {
  visit += 1;
  hideResults();
  clearGiven();
}

function start() {
  settings = JSON.parse(titip("-settings").textContent);
  forgetEverything();
  titip("").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  titip("-file").addEventListener("change", readFile);
  addEventListener("hashchange", takeFragment);
  addEventListener("pagehide", forgetEverything); // also before the page goes to the back cache
  titip("-notice").hidden = true;
  titip("").hidden = false;
  takeFragment();
}

if (window.fetch) start();

// The page for coming back: a report's PIN opens its news, adds to it, withdraws or restores it.
// PIN, keys and text live in memory only and are forgotten when the page is left or closed;
// nothing is stored and no address changes. Needs sealing.js, codes.js and answer.js. Where
// WebCrypto is missing nothing happens here, and the plain form goes to the receiver.

const PIN_DIGITS = 16;
const HOUR = 3600; // seconds to wait where "Retry-After" cannot be read

// Where the script writes what only this person may see.
const FORGOTTEN = [
  "pin-count", "news-title", "steps", "now-do", "withdrawn-what", "answer-at", "answer-text",
  "add-status", "leaving-status",
];

const byId = (id) => document.getElementById(id);
const settings = JSON.parse(byId("kabar-settings").textContent);
const { words } = settings;
let held = null; // what the PIN gave while its news is shown: {verifier, answerKey, number}
let addition = null; // what was sealed for the text in the box: {text, token, body}
let visit = 0; // counts up whenever everything is forgotten
let busy = false;

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function say(id, text) {
  byId(id).textContent = text;
}

function shown(id, yes) {
  byId(id).hidden = !yes;
}

// Integer UTC seconds, in this phone's own zone.
function time(seconds) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(settings.locale, style).format(new Date(seconds * 1000));
}

// ---- the PIN -------------------------------------------------------------------------

const digitsOf = (text) => text.replace(/[^0-9]/g, "");

function pinProblem(typed) {
  const digits = digitsOf(typed);
  const n = digits.length;
  if (!typed.trim()) return words.empty;
  if (n !== PIN_DIGITS && /[a-z]/i.test(typed)) return words.letters;
  if (n !== PIN_DIGITS) return fill(n < PIN_DIGITS ? words.short : words.long, { n });
  return luhnValid(digits) ? "" : words.slip;
}

function showProblem(name, problem) {
  say(`${name}-problem`, problem);
  shown(`${name}-error`, problem);
  if (problem) byId(name).setAttribute("aria-invalid", "true");
  else byId(name).removeAttribute("aria-invalid");
}

function goToProblem(name) {
  byId(name).focus();
  byId(`${name}-error`).scrollIntoView({ block: "center" });
}

// Groups of four, with the cursor behind the digit it stood behind. Letters are left alone.
function groupTyped() {
  const box = byId("pin");
  const digits = digitsOf(box.value);
  if (digits.length <= PIN_DIGITS && !/[a-z]/i.test(box.value)) {
    const before = digitsOf(box.value.slice(0, box.selectionStart)).length;
    const caret = before + Math.floor(Math.max(0, before - 1) / 4);
    box.value = groupPin(digits);
    box.setSelectionRange(caret, caret);
  }
  say("pin-count", fill(words.count, { n: digits.length }));
  showProblem("pin", digits.length < PIN_DIGITS ? "" : pinProblem(box.value));
}

// ---- the receiver --------------------------------------------------------------------

// What the receiver refuses becomes an Error with its code, and a network failure one without.
async function post(path, body) {
  const answer = await fetch(settings.receiver + path, {
    method: "POST", body, headers: { "Content-Type": "application/json" },
    credentials: "omit", referrerPolicy: "no-referrer",
  });
  const told = await answer.json();
  if (answer.ok) return told;
  const seconds = Number(answer.headers.get("Retry-After")) || HOUR;
  throw Object.assign(failure(told.error), { minutes: Math.ceil(seconds / 60) });
}

function askStatus(verifier) {
  return post("status", JSON.stringify({ version: 1, return_verifier: verifier }));
}

function reason(error) {
  if (error.code === "unknown-pin") return held ? words.gone : words.unknown;
  return fill(words.reasons[error.code] || words.network, error);
}

function showFailure(place, sentence) {
  say("failed-reason", sentence);
  byId(place).append(byId("failed"));
  shown("failed", true);
  byId("failed").focus();
}

// One thing at a time. `work` answers with what shows its result, which is dropped where the
// page was left or closed meanwhile. Nothing typed is cleared by a failure.
async function run(place, saying, work) {
  if (busy) return;
  const started = visit;
  busy = true;
  shown("failed", false);
  say(`${place}-status`, saying);
  try {
    const show = await work();
    say(`${place}-status`, "");
    if (visit === started) show();
  } catch (error) {
    say(`${place}-status`, "");
    if (visit === started) showFailure(place, reason(error));
  } finally {
    busy = false;
  }
}

// ---- the news ------------------------------------------------------------------------

function line(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

function stepOf({ status, at }, place, all) {
  const step = document.createElement("li");
  step.append(line("b", words.status[status] || status), document.createElement("br"), time(at));
  if (place < all.length - 1) return step;
  step.setAttribute("aria-current", "step");
  return step;
}

async function readAnswer(answer, { answerKey, number }) {
  if (!answer) return null;
  try {
    const content = await openAnswer(answer.sealed, answerKey);
    if (content.version !== 1 || content.case_number !== number) throw failure("damaged");
    return content;
  } catch {
    return { damaged: true };
  }
}

function showAnswer(answer) {
  const readable = answer && !answer.damaged;
  shown("answer-none", !readable);
  shown("answer", readable);
  say("answer-none", answer ? words.answerDamaged : words.answerNone);
  say("answer-text", readable ? answer.text : "");
  say("answer-at", readable ? fill(words.answerAt, { time: time(answer.written_at) }) : "");
}

function showWithdrawn({ withdrawn_at: at, deleted_by: deleted }) {
  for (const id of ["now", "adding", "keep"]) shown(id, !at);
  shown("withdrawn", at);
  shown("sure", false);
  say("withdrawn-what", at ? fill(words.withdrawn, { time: time(at), deleted: time(deleted) }) : "");
}

function showOnly(id) {
  for (const part of ["ask", "news"]) shown(part, part === id);
  shown("prose", id === "ask");
}

function showNews(told, answer) {
  byId("ask").reset();
  say("news-title", fill(words.title, { number: held.number }));
  byId("steps").replaceChildren(...told.events.map(stepOf));
  const [last] = told.events.slice(-1);
  say("now-do", words.todo[last && last.status] || "");
  showAnswer(answer);
  showWithdrawn(told);
  showOnly("news");
}

function ask(event) {
  event.preventDefault();
  const typed = byId("pin").value;
  showProblem("pin", pinProblem(typed));
  if (pinProblem(typed)) {
    goToProblem("pin");
    return;
  }
  run("ask", words.opening, async () => {
    const keys = await derivePinKeys(digitsOf(typed), settings.salt);
    const told = await askStatus(keys.verifier);
    const found = { ...keys, number: told.case_number };
    const answer = await readAnswer(told.answer, found);
    return () => {
      held = found;
      showNews(told, answer);
      byId("news-title").focus();
    };
  });
}

// ---- adding --------------------------------------------------------------------------

const lengthOf = (text) => [...text].length; // characters, as the receiver counts them

function showRoom() {
  const room = settings.room - lengthOf(byId("text").value);
  say("room", fill(words.room, { room: Math.max(0, room) }));
  const values = { max: settings.room, length: settings.room - room };
  showProblem("text", room < 0 ? fill(words.tooLong, values) : "");
}

async function sealAddition(text, keys, token, { number, verifier }) {
  const content = {
    version: 1, kind: "addition", token, case_number: number, language: settings.language,
    text, written_at: Math.floor(Date.now() / 1000),
  };
  const sealed = await seal(pad(utf8(JSON.stringify(content))), keys);
  const body = JSON.stringify({ version: 1, token, return_verifier: verifier, sealed });
  return { text, token, body };
}

// The current keys come from the site, never from the receiver: a host that could hand out
// keys could read what is sealed to them.
async function fetchKeys() {
  const answer = await fetch(settings.keysAddress, { credentials: "omit", cache: "no-store" });
  return (await answer.json()).keys;
}

// The same text is sealed once and sent again byte for byte, so that it arrives once.
async function deliver(text, from) {
  if (!addition || addition.text !== text) {
    addition = await sealAddition(text, settings.keys, newToken(), from);
  }
  try {
    return await post("additions", addition.body);
  } catch (error) {
    if (error.code !== "keys") throw error;
    addition = await sealAddition(text, await fetchKeys(), addition.token, from);
    return post("additions", addition.body);
  }
}

// Withdrawn meanwhile, perhaps on another phone: the page then shows so.
async function learnOfWithdrawal(error, from) {
  if (error.code !== "withdrawn") throw error;
  const told = await askStatus(from.verifier);
  return () => {
    showWithdrawn(told);
    showFailure("leaving", words.withdrawnAlready);
  };
}

function add(event) {
  event.preventDefault();
  const text = byId("text").value;
  showRoom();
  if (!text.trim()) showProblem("text", words.addEmpty);
  if (!text.trim() || lengthOf(text) > settings.room) {
    goToProblem("text");
    return;
  }
  const from = held;
  run("add", words.sending, () => deliver(text, from).then((told) => () => {
    addition = null;
    byId("add").reset();
    showRoom();
    say("add-status", fill(words.added, { time: time(told.received_at) }));
  }, (error) => learnOfWithdrawal(error, from)));
}

// ---- withdrawing ---------------------------------------------------------------------

function askAgain(yes) {
  shown("sure", yes);
  shown("keep", !yes);
  byId(yes ? "sure" : "withdraw").focus();
}

function change(act) {
  const body = JSON.stringify({ version: 1, return_verifier: held.verifier, act });
  run("leaving", words.sendingAct, async () => {
    const told = await post("withdrawals", body);
    return () => {
      showWithdrawn(told);
      if (told.withdrawn_at) byId("withdrawn").focus();
      else say("leaving-status", words.restored);
    };
  });
}

// ---- start and end -------------------------------------------------------------------

function forget() {
  visit += 1;
  held = addition = null;
  for (const id of ["ask", "add"]) byId(id).reset();
  for (const id of FORGOTTEN) say(id, "");
  shown("failed", false);
  showOnly("ask");
  showProblem("pin", "");
  showRoom();
}

function closeNews() {
  forget();
  say("ask-status", words.closed);
  byId("pin").focus();
}

// A page kept by the browser for "back" must not show one person's news to the next.
function leave() {
  document.documentElement.hidden = true;
  held = addition = null;
  if (byId("kabar")) forget(); // "Keluar cepat" has emptied the page by then
}

function startAgain(event) {
  if (event.persisted) location.reload();
}

function start() {
  forget();
  byId("pin").addEventListener("input", groupTyped);
  byId("text").addEventListener("input", showRoom);
  byId("ask").addEventListener("submit", ask);
  byId("add").addEventListener("submit", add);
  const presses = {
    withdraw: () => askAgain(true), unsure: () => askAgain(false),
    certain: () => change("withdraw"), restore: () => change("restore"), close: closeNews,
  };
  for (const [id, press] of Object.entries(presses)) byId(id).addEventListener("click", press);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", startAgain);
}

if (window.crypto && crypto.subtle && window.fetch && window.TextEncoder) start();

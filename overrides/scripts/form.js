// The form "Minta bantuan": checks answers, seals them in this browser and sends them.
// Token, PIN and text live in memory only; a failed sending keeps both text and sealed bytes.
// Needs sealing.js, codes.js and urgency.js. Where WebCrypto is missing nothing happens here,
// and the link to the receiver's own form stays.

const element = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(element(id).textContent);

let definition;
let settings;
let report = null; // what was sealed for the answers under review: {body, pin, facts}

// ---- answers -------------------------------------------------------------------------

function readAnswers() {
  const data = new FormData(element("form"));
  const answers = {};
  for (const { id, kind } of definition.fields) {
    const values = data.getAll(id).filter((value) => value.trim());
    if (kind === "many" && values.length) answers[id] = values.sort();
    else if (values.length) [answers[id]] = values;
  }
  return answers;
}

function isText(field) {
  return field.kind === "text" || field.kind === "long";
}

function isAsked(field, answers) {
  return !field.when || countMatches(field.when, answers) > 0;
}

function textProblem(field, value) {
  const length = [...value].length; // characters, as the receiver counts them
  const { tooLong } = settings.words;
  return length > field.max ? tooLong.replace("{max}", field.max).replace("{length}", length) : "";
}

function choiceProblem(field, value) {
  const chosen = [].concat(value);
  const alone = chosen.some((code) => field.choices[code].exclusive);
  return alone && chosen.length > 1 ? settings.words.exclusive : "";
}

function findProblem(field, answers) {
  const value = answers[field.id];
  if (!value) {
    if (!field.required || !isAsked(field, answers)) return "";
    return isText(field) ? settings.words.missingText : settings.words.missing;
  }
  return isText(field) ? textProblem(field, value) : choiceProblem(field, value);
}

// ---- words that follow the answers ---------------------------------------------------

function questionFor(field, answers) {
  const subject = definition.fields[0].choices[answers.who]?.subject ?? settings.words.subject;
  if (!field.other || answers.who === "me") return field.label;
  return field.other.replace("{subject}", subject);
}

function followAnswers() {
  const answers = readAnswers();
  for (const field of definition.fields) {
    const box = document.querySelector(`[data-field="${field.id}"]`);
    box.querySelector("[data-question]").textContent = questionFor(field, answers);
    box.hidden = !isAsked(field, answers);
  }
}

// ---- problems, at the top and beside each question -----------------------------------

function showProblem(field, message) {
  const line = element("error-" + field.id);
  line.lastElementChild.textContent = message;
  line.hidden = !message;
  const target = element("field-" + field.id);
  if (message) target.setAttribute("aria-invalid", "true");
  else target.removeAttribute("aria-invalid");
}

function problemLine(field, answers) {
  const link = Object.assign(document.createElement("a"), { href: "#field-" + field.id });
  link.textContent = questionFor(field, answers);
  link.addEventListener("click", (event) => {
    event.preventDefault(); // no new entry in the history
    element("field-" + field.id).focus();
  });
  const line = document.createElement("li");
  line.append(link);
  return line;
}

function showProblems(found, answers) {
  for (const field of definition.fields) showProblem(field, found[field.id] || "");
  const wrong = definition.fields.filter((field) => found[field.id]);
  const box = element("problems");
  const lines = wrong.map((field) => problemLine(field, answers));
  box.querySelector("ul").replaceChildren(...lines);
  box.hidden = !wrong.length;
  if (wrong.length) box.focus();
}

// ---- check page ----------------------------------------------------------------------

function shownAnswer(field, value) {
  if (!value) return settings.words.empty;
  if (isText(field)) return value;
  return [].concat(value).map((code) => field.choices[code].label).join("\n");
}

function reviewLines(answers) {
  return definition.fields.filter((field) => isAsked(field, answers)).flatMap((field) => {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = questionFor(field, answers);
    detail.textContent = shownAnswer(field, answers[field.id]);
    return [term, detail];
  });
}

function showOnly(id) {
  for (const name of ["form", "review", "received"]) element(name).hidden = name !== id;
  element("intro").hidden = id !== "form";
}

function check(event) {
  event.preventDefault();
  const answers = readAnswers();
  const found = {};
  for (const field of definition.fields) found[field.id] = findProblem(field, answers);
  showProblems(found, answers);
  if (Object.values(found).some(Boolean)) return;
  report = null;
  document.querySelector(".review").replaceChildren(...reviewLines(answers));
  element("not-sent").hidden = true;
  showOnly("review");
  element("review-title").focus();
}

function change() {
  showOnly("form");
  element("form").querySelector("h2").scrollIntoView();
  element("field-who").focus();
}

// ---- sealing and sending -------------------------------------------------------------

function consentsOf(answers, now) {
  const given = { version: definition.version, at: now, keep: true };
  for (const id of definition.consents) given[id] = answers[id] || [];
  return given;
}

function longestText(answers) {
  const size = (field) => utf8(answers[field.id] || "").length;
  return definition.fields.filter(isText).sort((one, two) => size(two) - size(one))[0];
}

function askedAnswers(answers) {
  const asked = definition.fields.filter((field) => isAsked(field, answers) && answers[field.id]);
  return Object.fromEntries(asked.map((field) => [field.id, answers[field.id]]));
}

async function sealReport(keys, previous) {
  const { language } = definition;
  const answers = askedAnswers(readAnswers());
  const token = previous ? previous.token : newToken();
  const pin = previous ? previous.pin : newPin();
  const { verifier, answerKey } = await derivePinKeys(pin, settings.salt);
  const facts = deriveFacts(definition, answers, language);
  const now = Math.floor(Date.now() / 1000);
  const content = {
    version: 1, token, language, facts, answers, consents: consentsOf(answers, now),
    return_verifier: verifier, answer_key: answerKey, written_at: now,
  };
  const sealed = await seal(pad(utf8(JSON.stringify(content))), keys);
  const body = JSON.stringify({
    version: 1, token, language, facts, sealed, return_verifier: verifier,
  });
  return { body, token, pin, facts };
}

function post(body) {
  return fetch(settings.receiver + "submissions", {
    method: "POST", body, headers: { "Content-Type": "application/json" },
    credentials: "omit", referrerPolicy: "no-referrer",
  });
}

// The current keys come from the site, never from the receiver: a host that could hand out
// keys could read what is sealed to them.
async function fetchKeys() {
  const answer = await fetch(settings.keysAddress, { credentials: "omit", cache: "no-store" });
  return (await answer.json()).keys;
}

async function deliver() {
  report = report || await sealReport(settings.keys, null);
  let answer = await post(report.body);
  let told = await answer.json();
  if (answer.status === 409 && told.error === "keys") {
    report = await sealReport(await fetchKeys(), report);
    answer = await post(report.body);
    told = await answer.json();
  }
  return { answer, told };
}

function showNotSent(reason) {
  const box = element("not-sent");
  box.querySelector("[data-reason]").textContent = reason;
  box.hidden = false;
  element("send").lastElementChild.textContent = settings.words.retry;
}

function returnToField(field, message) {
  const answers = readAnswers();
  showOnly("form");
  showProblems({ [field.id]: message }, answers);
}

// A person can mend an answer; anything else the receiver refuses means an old page.
function showRefusal(told) {
  const field = definition.fields.find(({ id }) => (told.errors || []).some((e) => e.field === id));
  if (field) returnToField(field, told.errors.find((e) => e.field === field.id).message);
  else showNotSent(told.error === "invalid" ? settings.words.changed : told.message[definition.language]);
}

async function send() {
  const button = element("send");
  button.disabled = true;
  element("sending").textContent = settings.words.sending;
  element("not-sent").hidden = true;
  try {
    const { answer, told } = await deliver();
    if (answer.ok) showReceived(told.case_number);
    else showRefusal(told);
  } catch (error) {
    if (error.code === "too-large") returnToField(longestText(readAnswers()), settings.words.tooLarge);
    else showNotSent(settings.words.noNetwork);
  } finally {
    button.disabled = false;
    element("sending").textContent = "";
  }
}

function showReceived(caseNumber) {
  const { facts, pin } = report;
  element("case-number").textContent = caseNumber;
  element("pin").textContent = groupPin(pin);
  if (facts.urgency === "red") {
    const numbers = element("call-" + facts.country) || element("call-ID");
    element("call-now").replaceChildren(numbers.content.cloneNode(true));
    element("call-now").hidden = false;
  }
  const next = facts.contact === "i-come-back" ? facts.contact : facts.urgency;
  document.querySelector(`[data-next="${next}"]`).hidden = false;
  forget();
  showOnly("received");
  element("received-title").focus();
}

function forget() {
  element("form").reset();
  document.querySelector(".review").replaceChildren();
  report = null;
}

// ---- start ---------------------------------------------------------------------------

// A page kept by the browser for "back" must not show one person's answers to the next.
function hideForBack() {
  document.documentElement.hidden = true;
}

function startAgain(event) {
  if (event.persisted) location.reload();
}

function start() {
  definition = readJson("form-definition");
  settings = readJson("form-settings");
  forget();
  element("form").addEventListener("submit", check);
  element("form").addEventListener("change", followAnswers);
  element("send").addEventListener("click", send);
  element("change").addEventListener("click", change);
  addEventListener("pagehide", hideForBack);
  addEventListener("pageshow", startAgain);
  followAnswers();
  element("by-receiver").hidden = true;
  element("form").hidden = false;
}

if (window.crypto?.subtle && window.fetch && window.TextEncoder) start();

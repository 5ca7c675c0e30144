// The questions of "Minta bantuan", one at a time, all in one document: which comes next, what is
// wrong with an answer, the words that follow earlier answers. Nothing here sends or keeps anything.
// Needs urgency.js and listen.js.

let definition; // the questions of this page
let settings;
let current = null; // the field that is being asked
let returning = false; // whether "next" leads back to the review

const element = (id) => document.getElementById(id);
const readJson = (id) => JSON.parse(element(id).textContent);
const boxOf = (field) => document.querySelector(`[data-field="${field.id}"]`);
const controlOf = (field, code) => boxOf(field).querySelector(`[value="${code}"]`);
const isText = (field) => field.kind === "text" || field.kind === "long";

// ---- answers -------------------------------------------------------------------------

function typedAnswers() {
  const data = new FormData(element("form"));
  const answers = {};
  for (const { id, kind } of definition.fields) {
    const values = data.getAll(id).filter((value) => value.trim());
    if (kind === "many" && values.length) answers[id] = values.sort();
    else if (values.length) [answers[id]] = values;
  }
  return answers;
}

function readAnswers() {
  return complete(definition, typedAnswers());
}

function isOnPage(field) {
  return boxOf(field) !== null;
}

function askedFields(answers) {
  return definition.fields.filter((field) => isOnPage(field) && isAsked(definition, field, answers));
}

// What was typed before another answer made its question fall away is not sent.
function answersToSend() {
  const typed = typedAnswers();
  const asked = askedFields(complete(definition, typed)).map(({ id }) => id);
  const kept = definition.fields.filter(({ id, byPage }) => typed[id] && (byPage || asked.includes(id)));
  return complete(definition, Object.fromEntries(kept.map(({ id }) => [id, typed[id]])));
}

// ---- what is wrong with an answer ----------------------------------------------------

function textProblem(field, value) {
  const length = [...value].length; // characters, as the receiver counts them
  const { tooLong } = settings.words;
  return length > field.max ? tooLong.replace("{max}", field.max).replace("{length}", length) : "";
}

function choiceProblem(field, value) {
  const chosen = [].concat(value);
  const alone = chosen.some((code) => field.choices[code]?.exclusive);
  return alone && chosen.length > 1 ? settings.words.exclusive : "";
}

function findProblem(field, answers) {
  const value = answers[field.id];
  if (value) return isText(field) ? textProblem(field, value) : choiceProblem(field, value);
  if (!field.required) return "";
  return isText(field) ? settings.words.missingText : settings.words.missing;
}

function findProblems(fields, answers) {
  const found = fields.map((field) => [field.id, findProblem(field, answers)]);
  return Object.fromEntries(found.filter(([, message]) => message));
}

function showProblem(field, message) {
  const line = element("error-" + field.id);
  line.lastElementChild.textContent = message;
  line.hidden = !message;
  const target = element("field-" + field.id);
  if (message) target.setAttribute("aria-invalid", "true");
  else target.removeAttribute("aria-invalid");
}

function problemLine(field, answers, message) {
  const link = Object.assign(document.createElement("a"), { href: "#field-" + field.id });
  link.textContent = `${questionFor(field, answers)}: ${message}`;
  link.addEventListener("click", (event) => {
    event.preventDefault(); // no new entry in the history
    ask(field);
    element("field-" + field.id).focus();
  });
  const line = document.createElement("li");
  line.append(link);
  return line;
}

// Each at the top and beside its question. With none, whatever stood there goes.
function showProblems(found, answers) {
  for (const field of definition.fields.filter(isOnPage)) showProblem(field, found[field.id] || "");
  const wrong = definition.fields.filter((field) => found[field.id]);
  const box = element("problems");
  box.querySelector("ul").replaceChildren(...wrong.map((field) => problemLine(field, answers, found[field.id])));
  box.hidden = !wrong.length;
  if (wrong.length) box.focus();
}

// ---- words that follow the answers ---------------------------------------------------

function questionFor(field, answers) {
  const who = definition.fields.find(({ id }) => id === "who");
  if (!field.other) return boxOf(field).querySelector("[data-question]").textContent;
  if (!answers.who || answers.who === "me") return field.label;
  return field.other.replace("{subject}", who.choices[answers.who]?.subject ?? settings.words.subject);
}

// A choice that is the safer one after some answers stands first, for as long as they stand.
function orderChoices(field, answers) {
  for (const [code, { first }] of Object.entries(field.choices)) {
    if (!first) continue;
    const option = controlOf(field, code).closest("label");
    if (countMatches(first, answers)) boxOf(field).querySelector(".option").before(option);
    else boxOf(field).append(option);
  }
}

function showRoom(field) {
  const room = element("room-" + field.id);
  if (!room) return;
  const left = field.max - [...element("field-" + field.id).value].length;
  room.textContent = settings.words.room.replace("{room}", left);
  room.hidden = false;
}

// The last step is extra: nobody has to reach its end.
function progressWords(asked, place) {
  const needed = asked.filter(({ step }) => step !== "details").length;
  if (place >= needed) return settings.words.extra;
  return settings.words.progress.replace("{n}", place + 1).replace("{left}", needed - place - 1);
}

// ---- one question at a time ----------------------------------------------------------

// Ticking an answer may bring further questions, or show that everything needed is there.
function followAnswers() {
  if (!current) return;
  const answers = readAnswers();
  const asked = askedFields(answers);
  const place = asked.findIndex(({ id }) => id === current.id);
  element("progress").textContent = progressWords(asked, place);
  const missing = Object.keys(findProblems(asked, answers)).length > 0;
  element("enough").hidden = missing || place === asked.length - 1 || returning;
  element("skip").hidden = current.required || Boolean(answers[current.id]);
  element("talk").hidden = !canTalk(asked, answers);
  showRoom(current);
}

// To the question itself, not to its box: on a phone the box would open the keyboard at once.
function ask(field) {
  const answers = readAnswers();
  current = field;
  for (const each of definition.fields.filter(isOnPage)) boxOf(each).hidden = each.id !== field.id;
  for (const step of document.querySelectorAll("#form .step")) {
    step.hidden = !step.contains(boxOf(field));
  }
  const question = boxOf(field).querySelector("[data-question]");
  question.textContent = questionFor(field, answers);
  question.tabIndex = -1;
  orderChoices(field, answers);
  element("never").hidden = !isText(field);
  showOnly("form");
  followAnswers();
  question.focus();
  scrollTo(0, 0);
}

function next(event) {
  event.preventDefault();
  const answers = readAnswers();
  const found = findProblems([current], answers);
  showProblems(found, answers);
  if (found[current.id]) return;
  const asked = askedFields(answers);
  const following = asked[asked.findIndex(({ id }) => id === current.id) + 1];
  if (following && !returning) ask(following);
  else review();
}

function back() {
  const answers = readAnswers();
  const asked = askedFields(answers);
  const place = asked.findIndex(({ id }) => id === current.id);
  showProblems({}, answers);
  if (returning) review();
  else if (place > 0) ask(asked[place - 1]);
  else {
    showOnly("intro");
    document.querySelector(`[data-door="${answers.door}"]`).focus();
  }
}

// ---- "Saya mau bicara saja" ----------------------------------------------------------

function unknownOf(field) {
  return ["unknown", "ZZ", "00"].find((code) => controlOf(field, code));
}

// Not before the few questions are answered that nobody can leave open, such as who it is about.
function canTalk(asked, answers) {
  const before = asked.slice(0, Math.max(0, asked.findIndex(({ id }) => id === "contact")));
  return before.includes(current)
    && !before.some((field) => field.required && !answers[field.id] && !isText(field) && !unknownOf(field));
}

function pick(field, code) {
  const control = element("field-" + field.id);
  if (field.kind === "select") control.value = code;
  else controlOf(field, code).checked = true;
}

function leaveOpen(field) {
  if (isText(field)) element("field-" + field.id).value = settings.words.talk;
  else pick(field, unknownOf(field));
}

// What is still unanswered up to there is "I don't know"; nothing given is lost.
function talkInstead() {
  const problem = definition.fields.find(({ id }) => id === "problem");
  const answers = readAnswers();
  if (askedFields(answers).includes(problem)) {
    for (const input of boxOf(problem).querySelectorAll("input")) {
      if (problem.choices[input.value].exclusive) input.checked = false;
    }
    pick(problem, "talk");
  }
  for (const field of askedFields(readAnswers())) {
    if (field.id === "contact") break;
    if (field.required && !readAnswers()[field.id]) leaveOpen(field);
  }
  showProblems({}, answers);
  ask(definition.fields.find(({ id }) => id === "contact"));
}

// ---- check everything, change anything -----------------------------------------------

function shownAnswer(field, value) {
  if (!value) return settings.words.empty;
  if (isText(field)) return value;
  const labelOf = (control) => (control.closest("label") || control).textContent.trim();
  return [].concat(value).map((code) => labelOf(controlOf(field, code))).join("\n");
}

function changeButton(field, answers) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "step-back" });
  button.textContent = settings.words.change;
  button.setAttribute("aria-label", `${settings.words.change}: ${questionFor(field, answers)}`);
  button.addEventListener("click", () => {
    returning = true;
    ask(field);
  });
  return button;
}

function reviewLines(fields, answers) {
  return fields.flatMap((field) => {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    term.textContent = questionFor(field, answers);
    detail.append(shownAnswer(field, answers[field.id]), changeButton(field, answers));
    return [term, detail];
  });
}

function showReview(answers) {
  const [answered, empty] = element("review").querySelectorAll(".review");
  const asked = askedFields(answers);
  const unanswered = asked.filter(({ id }) => !answers[id]);
  answered.replaceChildren(...reviewLines(asked.filter(({ id }) => answers[id]), answers));
  empty.replaceChildren(...reviewLines(unanswered, answers));
  empty.parentElement.hidden = !unanswered.length;
}

function showOnly(id) {
  for (const name of ["intro", "form", "review", "received"]) element(name).hidden = name !== id;
  document.querySelector("h1").classList.toggle("unseen", id !== "intro");
  document.querySelector(".checked").hidden = id !== "intro";
}

// A changed answer may have brought a question that must be answered: it comes before the check.
function review() {
  const answers = readAnswers();
  const found = findProblems(askedFields(answers), answers);
  const [wrong] = Object.keys(found);
  if (wrong) {
    ask(definition.fields.find(({ id }) => id === wrong));
    if (answers[wrong]) showProblems(found, answers);
    return;
  }
  returning = false;
  showProblems({}, answers);
  showReview(answers);
  // As long as nothing was changed, trying again repeats the same bytes.
  if (!report || report.written !== JSON.stringify(answersToSend())) forgetSealed();
  showOnly("review");
  // Without a receiver the message to the team is the way, and no second choice.
  element("send").hidden = !settings.receiver;
  if (!settings.receiver) offerHandOver();
  element("review-title").focus();
}

// ---- read aloud, by a voice of the phone itself --------------------------------------

function speak(texts) {
  speechSynthesis.cancel();
  for (const text of texts) {
    const said = new SpeechSynthesisUtterance(text);
    said.voice = listenVoice();
    said.lang = said.voice.lang;
    speechSynthesis.speak(said);
  }
}

function speakQuestion() {
  const parts = boxOf(current).querySelectorAll("[data-question], .hint:not([hidden]), .option span");
  speak([...parts].map((part) => part.textContent));
}

function offerVoice() {
  for (const id of ["speak", "speak-pin"]) element(id).hidden = !listenVoice();
}

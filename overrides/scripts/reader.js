// The reader page: finds a sealed report in what it is given, opens it with the holder's key
// and lays it out. Nothing leaves the page: it makes no request and stores nothing. Every
// word of a report is set as text, never as HTML. Each thing that can go wrong has a code,
// and the template (overrides/reader.html) a sentence for it.

const LARGEST_FILE = 500000; // bytes; an issue body has at most 65,536 characters
const PASSPHRASE_SHAPE = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;
const PROBLEM_PLACES = {
  "empty-key": "key", "not-a-key": "key", "not-for-this-key": "key",
  "empty-passphrase": "passphrase", "passphrase-shape": "passphrase", "wrong-passphrase": "passphrase",
};

const words = readData("reader-words");
const definition = readData("form-definition");
let heldKey = null; // a key that cannot be read back; forgotten on pagehide
let visit = 0; // counts up whenever everything is forgotten
let busy = false;

function byId(id) {
  return document.getElementById(id);
}

function readData(id) {
  return JSON.parse(byId(id).textContent);
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// --- finding the report and the key in what was given ---

// The text from one opening brace to its closing one, or null when it never closes.
function balancedFrom(text, start) {
  let depth = 0;
  for (let place = start; place < text.length; place += 1) {
    if (text[place] === "{") depth += 1;
    if (text[place] === "}" && (depth -= 1) === 0) return text.slice(start, place + 1);
  }
  return null;
}

// Mail and chat programs break long lines; no value of a sealed report holds white space.
function parseBlock(block) {
  for (const text of [block, block.replace(/\s+/g, "")]) {
    try {
      return JSON.parse(text);
    } catch {
      // Not JSON in this spelling; the caller hears null when no spelling is.
    }
  }
  return null;
}

function findObjects(text) {
  const found = [];
  for (const { index } of text.matchAll(/\{\s*"/g)) {
    const block = balancedFrom(text, index);
    const value = block && parseBlock(block);
    if (value) found.push(value);
  }
  return found;
}

// The part of a link after `#`, as the tracker writes it, percent-encoded.
function decodeLink(text) {
  const [, encoded] = /#((?:%7B|\{)[^\s()<>"']*)/i.exec(text) || [];
  try {
    return encoded ? decodeURIComponent(encoded) : text;
  } catch {
    throw failure("damaged"); // cut in the middle of a letter
  }
}

// A handed-over report stands for itself: its facts and its token are those of the sending.
function handedOver({ body, value }) {
  return { sealed: value.sealed, facts: value.facts, token: value.token, body };
}

// Takes a link, a block, a whole issue body, a handed-over report or a file's text: {sealed,
// facts, number}, where facts and case number are those of the issue, if it has them. What was
// handed over has `body`, the bytes to file; it is empty when they are not all there.
function findReport(text) {
  if (!text.trim()) throw failure("empty-report");
  const [sent] = findHandedOver(text);
  if (sent?.value) return handedOver(sent);
  const objects = findObjects(text);
  const given = objects.length ? objects : findObjects(decodeLink(text));
  const sealed = given.find((value) => value.recipients);
  if (!sealed) throw failure(/ciphertext|eyJlbmMi/.test(text) ? "damaged" : "not-a-report");
  const facts = (given.find((value) => value.facts) || {}).facts;
  const [, number] = /<!-- intake ([0-9A-Z-]+) -->/.exec(text) || [];
  return { sealed, facts, number, body: sent?.body };
}

// A compact JWE (RFC 7516 section 7.1), with or without the line breaks of a file.
function findKey(text) {
  if (!text.trim()) throw failure("empty-key");
  const compact = /eyJ[\w-]*(?:\.[\w-]+){4}/;
  const [found] = compact.exec(text) || compact.exec(text.replace(/\s+/g, "")) || [];
  if (!found) throw failure("not-a-key");
  return found;
}

// --- opening ---

async function unlockTypedKey() {
  const locked = findKey(byId("key-text").value);
  const typed = byId("passphrase-text").value;
  if (!typed.trim()) throw failure("empty-passphrase");
  const passphrase = normalizePassphrase(typed);
  if (!PASSPHRASE_SHAPE.test(passphrase)) throw failure("passphrase-shape");
  const jwk = await unlockKey(locked, passphrase);
  return holdKey(jwk).catch(() => {
    throw failure("not-a-key");
  });
}

function parseReport(bytes) {
  try {
    const report = parseJson(bytes);
    fromBase64url(report.token);
    if (isAddition(report)) return report;
    if (report.version !== 1 || !report.facts || !report.answers) throw failure("unknown-content");
    return report;
  } catch {
    throw failure("unknown-content"); // a parser's own message would repeat the content
  }
}

// The outer token of a handed-over report decides under which number it is filed.
function numberOfSending({ token }, report, number) {
  return token === report.token ? number : caseNumber(token, 8).catch(() => words.nothing);
}

// Unlocking takes a moment. If the page is left or cleared meanwhile, nothing may come back.
async function openReport() {
  const started = visit;
  const given = findReport(byId("report-text").value);
  const key = heldKey || (await unlockTypedKey());
  if (visit !== started) return;
  if (!heldKey) holdUnlocked(key);
  const report = parseReport(await openSealed(given.sealed, key));
  if (isAddition(report)) return visit === started && showAddition(report);
  const length = given.number && given.number.length > 9 ? 10 : 8;
  const number = await caseNumber(report.token, length);
  if (given.body) given.number = await numberOfSending(given, report, number);
  if (visit === started) showReport(report, given, number);
}

// --- laying out ---

function element(tag, content, className) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (typeof content === "string") node.textContent = content;
  else node.append(...(content || []));
  return node;
}

function findField(id) {
  return definition.fields.find((field) => field.id === id);
}

// A choice of another edition of the form is shown by its code.
function labelOf(field, code) {
  return field?.choices?.[code]?.label ?? String(code);
}

function labelsOf(field, value) {
  const shown = [].concat(value ?? []).map((code) => labelOf(field, code));
  return shown.join("; ") || words.nothing;
}

function factLabel(id, value) {
  const lists = {
    urgency: definition.levels, problem: definition.groups, language: words.languages,
    sharing: definition.sharing,
  };
  if (!lists[id]) return labelsOf(findField(id), value);
  const shown = [].concat(value ?? []).map((code) => lists[id]?.[code] ?? String(code));
  return shown.join("; ") || words.nothing;
}

// The question as the person saw it: "Apakah anak Anda aman sekarang?"
function questionOf(field, answers) {
  const subject = findField("who")?.choices?.[answers.who]?.subject;
  return field.other && subject && answers.who !== "me" ? fill(field.other, { subject }) : field.label;
}

// Integer UTC seconds; what is no time must not keep a report from being read.
function time(seconds) {
  if (!Number.isInteger(seconds) || Math.abs(seconds) > 1e11) return words.nothing;
  const style = { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat(words.locale, style).format(new Date(seconds * 1000));
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

// One sentence for each clear fact that is not the same in the issue, in the sealed report
// and by the answers.
function factDifferences(report, issueFacts) {
  const derived = deriveFacts(definition, report.answers, report.language);
  const ids = new Set([derived, report.facts, issueFacts || {}].flatMap(Object.keys));
  return [...ids].flatMap((id) => {
    const agrees = same(report.facts[id], derived[id]);
    if (agrees && (!issueFacts || same(issueFacts[id], derived[id]))) return [];
    const show = (facts) => factLabel(id, facts[id]);
    return fill(issueFacts ? words.difference : words.difference_inside, {
      name: words.facts[id] ?? id, issue: show(issueFacts || {}),
      report: show(report.facts), answers: show(derived),
    });
  });
}

// What the consents record against what was ticked.
function consentDifferences({ consents, answers }) {
  const recorded = Object.entries(consents || {}).filter(([id]) => findField(id));
  return recorded.flatMap(([id, value]) => {
    if (same([].concat(value), [].concat(answers[id] ?? []))) return [];
    const field = findField(id);
    return fill(words.difference_consent, {
      name: field?.label ?? id, report: labelsOf(field, value), answers: labelsOf(field, answers[id]),
    });
  });
}

function findDifferences(report, given, number) {
  const wrongNumber = given.number && given.number !== number
    ? [fill(words.difference_number, { issue: given.number, report: number })] : [];
  return [...wrongNumber, ...factDifferences(report, given.facts), ...consentDifferences(report)];
}

function agreement(differences) {
  if (!differences.length) return element("p", words.facts_agree, "note");
  const box = element("div", [
    element("p", words.differences, "admonition-title"),
    element("ul", differences.map((sentence) => element("li", sentence))),
    element("p", words.differences_help),
  ], "admonition warning");
  box.setAttribute("role", "alert");
  return box;
}

// One question with its answer or answers; `.review dd` keeps a person's own line breaks.
function answerRows(question, shown) {
  const rows = [].concat(shown).map((text) => {
    const row = element("dd", text);
    row.dir = "auto";
    return row;
  });
  return [element("dt", question), ...rows];
}

function answered(value) {
  return value !== undefined && value !== null && String(value) !== "";
}

function answerList({ answers }) {
  const known = definition.fields.filter((field) => answered(answers[field.id]));
  const unknown = Object.keys(answers).filter((id) => !findField(id));
  return element("dl", [
    ...known.flatMap((field) => answerRows(
      questionOf(field, answers), [].concat(answers[field.id]).map((code) => labelOf(field, code)),
    )),
    ...unknown.flatMap((id) => answerRows(id, [].concat(answers[id]).map(String))),
    ...hoursRows({ answers }),
  ], "review");
}

// The safe hours by the team's own clock, or the warning that they cannot be known.
function hoursRows({ answers }) {
  const field = findField("safe-hours");
  const found = field ? safeHoursHere(answers, field, readData("reader-clock"), new Date()) : [];
  if (found === null) return answerRows(words.hours_here, words.hours_unclear);
  return found.length ? answerRows(words.hours_here, found) : [];
}

// What stands around the answers: when, in which language, what was allowed, what is missing.
function surroundings({ consents, language, written_at: writtenAt, answers }) {
  const empty = definition.fields.filter(
    (field) => !answered(answers[field.id]) && isAsked(definition, field, answers),
  );
  const rows = [
    [words.written, time(writtenAt)],
    [words.written_in, words.languages[language] ?? String(language)],
    [words.kept, consents?.keep === true ? words.yes : words.no],
    [words.unanswered, empty.map((field) => questionOf(field, answers)).join("; ") || words.nothing],
  ];
  return element("dl", rows.flatMap(([name, value]) => answerRows(name, value)), "review");
}

// What must be seen first: how urgent it is, and what the person allows.
function summary({ urgency, contact, sharing }) {
  const looks = { red: "admonition danger", yellow: "admonition warning", green: "admonition" };
  return element("div", [
    element("p", factLabel("urgency", urgency), "admonition-title"),
    element("p", `${words.facts.contact}: ${factLabel("contact", contact)}`),
    element("p", `${words.facts.sharing}: ${factLabel("sharing", sharing)}`),
  ], looks[urgency]);
}

function showOpened(title, content) {
  byId("opened-title").textContent = title;
  byId("opened-content").textContent = "";
  byId("opened-content").append(...content);
  byId("unfiled").hidden = true;
  byId("reader-form").hidden = true;
  byId("opened").hidden = false;
  byId("opened-title").focus();
}

function showAddition(addition) {
  const title = fill(words.addition_of, { number: addition.case_number });
  showOpened(title, additionContent(addition, byId("report-text").value));
}

// The page that files it gets the very bytes behind a #, which no server sees.
function showUnfiled({ body }, isWhole) {
  byId("unfiled").hidden = body === undefined;
  byId("unfiled-help").textContent = isWhole ? words.unfiled_help : words.unfiled_cut;
  byId("file-report").hidden = !isWhole;
  const { page } = byId("file-report").dataset;
  byId("file-report").href = isWhole ? `${page}#${encodeURIComponent(body)}` : page;
}

function showReport(report, given, number) {
  const derived = deriveFacts(definition, report.answers, report.language);
  offerAnswer(report, number);
  showOpened(fill(words.report_of, { number }), [
    summary(derived),
    agreement(findDifferences(report, given, number)),
    answerList(report),
    surroundings(report),
  ]);
  showUnfiled(given, Boolean(given.body) && given.token === report.token);
}

// --- the page ---

// The key's text and passphrase are dropped once the key itself is held.
function holdUnlocked(key) {
  heldKey = key;
  byId("key-asked").hidden = byId("passphrase-asked").hidden = Boolean(key);
  byId("key-held").hidden = !key;
  for (const id of ["key-text", "key-file", "passphrase-text"]) byId(id).value = "";
}

function clearProblems() {
  for (const place of ["report", "key", "passphrase"]) {
    byId(`${place}-error`).hidden = true;
    byId(`${place}-text`).removeAttribute("aria-invalid");
  }
}

// Nothing typed is cleared. The focus goes where the cure is.
function showProblem(place, code) {
  byId(`${place}-error`).hidden = false;
  byId(`${place}-error`).querySelector("span").textContent = words.problems[code];
  const changeKey = place === "key" && heldKey;
  const target = byId(changeKey ? "change-key" : `${place}-text`);
  if (!changeKey) target.setAttribute("aria-invalid", "true");
  target.focus();
}

function explain(error) {
  const code = words.problems[error.code] ? error.code : "unexpected";
  showProblem(PROBLEM_PLACES[code] || "report", code);
}

async function submit() {
  if (busy) return;
  busy = true;
  clearProblems();
  byId("reader-status").textContent = words.opening;
  try {
    await openReport();
  } catch (error) {
    explain(error);
  } finally {
    busy = false;
    byId("reader-status").textContent = "";
  }
}

async function readFile(place) {
  const [file] = byId(`${place}-file`).files;
  if (!file) return;
  clearProblems();
  if (file.size > LARGEST_FILE) showProblem(place, "file-too-large");
  else byId(`${place}-text`).value = await file.text();
}

function forgetReport() {
  for (const id of ["report-text", "report-file"]) byId(id).value = "";
  for (const id of ["from-link", "opened-title", "opened-content"]) byId(id).textContent = "";
  byId("opened").hidden = true;
  byId("file-report").href = byId("file-report").dataset.page;
  byId("reader-form").hidden = false;
  forgetAnswer();
  clearProblems();
}

function forgetEverything() {
  visit += 1;
  forgetReport();
  holdUnlocked(null);
}

function nextReport() {
  forgetReport();
  byId("report-text").focus();
}

function closeReport() {
  forgetEverything();
  byId("reader-status").textContent = words.closed;
  byId("report-text").focus();
}

function changeKey() {
  clearProblems();
  holdUnlocked(null);
  byId("key-text").focus();
}

// A fragment stays in the browser; it is taken out of the address and the history at once.
// Fragments that are anchors of this page are left alone.
function takeFragment() {
  const fragment = location.hash;
  if (!/^#(%7B|\{)/i.test(fragment)) return;
  history.replaceState(null, "", location.pathname + location.search);
  forgetReport();
  try {
    byId("report-text").value = decodeLink(fragment);
    byId("from-link").textContent = words.from_link;
  } catch (error) {
    byId("report-text").value = fragment;
    explain(error);
    return;
  }
  if (heldKey) submit();
}

function listen() {
  byId("reader-form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const place of ["report", "key"]) {
    byId(`${place}-file`).addEventListener("change", () => readFile(place));
  }
  listenForAnswers();
  byId("change-key").addEventListener("click", changeKey);
  byId("next-report").addEventListener("click", nextReport);
  byId("close-report").addEventListener("click", closeReport);
  addEventListener("hashchange", takeFragment);
  addEventListener("pagehide", forgetEverything); // also before the page goes to the back cache
}

// In a frame another site could lay itself over the passphrase.
function start() {
  if (top !== self) {
    document.body.textContent = words.framed;
    return;
  }
  if (!globalThis.crypto?.subtle) {
    byId("reader-notice").textContent = words.old;
    return;
  }
  byId("reader-notice").textContent = "";
  byId("reader").hidden = false;
  listen();
  takeFragment();
}

start();

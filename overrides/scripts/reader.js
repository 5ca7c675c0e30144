// The reader page: opens what it is given with the holder's key and shows it. Nothing leaves the
// page: it makes no request, and stores nothing but a locked key and a list of public keys, each
// only for whoever ticked that. Each thing that can go wrong has a code, and the template
// (overrides/reader.html) a sentence for it. Stands behind all the other scripts of its page.

const LARGEST_FILE = 500000; // bytes; an issue body has at most 65,536 characters
const PASSPHRASE_SHAPE = /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/;
const PROBLEM_PLACES = {
  "empty-key": "key", "not-a-key": "key", "not-for-this-key": "key",
  "empty-passphrase": "passphrase", "passphrase-shape": "passphrase", "wrong-passphrase": "passphrase",
};

let heldKey = null; // a key that cannot be read back; forgotten on pagehide
let visit = 0; // counts up whenever everything is forgotten
let busy = false;

// --- opening ---

async function unlockTypedKey() {
  const pasted = byId("key-asked").hidden ? "" : byId("key-text").value;
  const locked = pasted ? findKey(pasted) : keptKey()?.locked ?? findKey(pasted);
  const typed = byId("passphrase-text").value;
  if (!typed.trim()) throw failure("empty-passphrase");
  const passphrase = normalizePassphrase(typed);
  if (!PASSPHRASE_SHAPE.test(passphrase)) throw failure("passphrase-shape");
  const jwk = await unlockKey(locked, passphrase);
  return holdKey(jwk).catch(() => {
    throw failure("not-a-key");
  });
}

function isReport({ version, facts, answers }) {
  return version === 1 && Boolean(facts && answers);
}

// What a seal may hold, each with how it is shown.
const CONTENTS = [
  [isVolunteerList, showVolunteerList], [isAddition, showAddition], [isNote, showNote],
  [isReport, showReport],
];

// {content, show}; whatever is none of these is not shown at all.
function parseContent(bytes) {
  try {
    const content = parseJson(bytes);
    const [, show] = CONTENTS.find(([fits]) => fits(content));
    if (show !== showVolunteerList) fromBase64url(content.token);
    return { content, show };
  } catch {
    throw failure("unknown-content"); // a parser's own message would repeat the content
  }
}

// Whoever shared a case knows its whole number; it counts only if the token leads to it.
async function numberOf(report, given) {
  const named = String(given.number ?? report.case_number ?? "");
  return caseNumber(report.token, named.length > 9 ? 10 : 8);
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
  const { content, show } = parseContent(await openSealed(given.sealed, key));
  const number = show === showReport ? await numberOf(content, given) : null;
  if (number && given.body) given.number = await numberOfSending(given, content, number);
  if (visit === started) await show(content, given, number);
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
function showUnfiled({ body }, isWhole, said = words) {
  byId("unfiled").hidden = body === undefined;
  byId("unfiled-title").textContent = said.unfiled;
  byId("unfiled-help").textContent = isWhole ? said.unfiled_help : words.unfiled_cut;
  byId("file-report").querySelector("span").textContent = said.file;
  byId("file-report").hidden = !isWhole;
  const { page } = byId("file-report").dataset;
  byId("file-report").href = isWhole ? `${page}#${encodeURIComponent(body)}` : page;
}

function showReport(report, given, number) {
  const derived = deriveFacts(definition, report.answers, report.language);
  offerAnswer(report, number);
  offerNotes(report, number);
  offerSharing(report, number);
  showOpened(fill(words.report_of, { number }), [
    summary(report.part ? report.facts : derived),
    agreement(report, findDifferences(report, given, number)),
    answerList(report),
    surroundings(report),
  ]);
  showUnfiled(given, Boolean(given.body) && given.token === report.token);
}

// --- the page ---

// The key's text and passphrase are dropped once the key itself is held.
function holdUnlocked(key) {
  heldKey = key;
  byId("passphrase-asked").hidden = Boolean(key);
  offerKeptKey();
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
  const otherKey = place === "key" && !byId("key-kept").hidden;
  const target = byId(changeKey ? "change-key" : otherKey ? "other-key" : `${place}-text`);
  if (!changeKey && !otherKey) target.setAttribute("aria-invalid", "true");
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
  forgetNote();
  forgetSharing();
  clearProblems();
}

function forgetEverything() {
  visit += 1;
  forgetReport();
  forgetOwnKey();
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
  byId(keptKey() ? "other-key" : "key-text").focus();
}

// A fragment stays in the browser; it is taken out of the address and the history at once.
// Fragments that are anchors of this page are left alone.
function takeFragment() {
  const fragment = location.hash;
  if (!/^#(%7B|\{|relawan=)/i.test(fragment)) return;
  history.replaceState(null, "", location.pathname + location.search);
  if (fragment.startsWith("#relawan=")) {
    takeVolunteer(fragment);
    return;
  }
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
  listenForCopies();
  listenForNotes();
  listenForOwnKey();
  listenForSharing();
  listenForVolunteers();
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
  showKeptKey();
  showKeptVolunteers();
  takeFragment();
}

start();

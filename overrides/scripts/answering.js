// In the reader: the answer to the person whose report is open, sealed to the key that their
// PIN yields, as a comment to paste below the issue; and what that person added later. Nothing
// is sent, and text and key are forgotten with the report.
// Needs answer.js, laying-out.js and passing-on.js.

const ANSWER_ROOM = 3000; // characters; at worst six bytes each, which still can be sealed
const ADDITION_MARKER = /<!-- intake addition ([0-9A-Z-]+) [0-9a-f]+ -->/;
let asker = null; // whom an answer goes to: {number, answerKey}

// Reports of another edition of the form may carry no key; their people cannot be answered here.
function isAnswerKey(text) {
  try {
    return fromBase64url(text).length === 32;
  } catch {
    return false;
  }
}

function offerAnswer({ answer_key: answerKey }, number) {
  asker = isAnswerKey(answerKey) ? { number, answerKey } : null;
  byId("answering").hidden = !asker;
  showAnswerRoom();
}

function showAnswerProblem(problem) {
  const line = byId("answer-error");
  line.hidden = !problem;
  line.querySelector("span").textContent = problem;
  if (problem) byId("answer-text").setAttribute("aria-invalid", "true");
  else byId("answer-text").removeAttribute("aria-invalid");
}

// Whatever was sealed no longer is what stands in the box.
function showAnswerRoom() {
  const length = [...byId("answer-text").value].length;
  const room = Math.max(0, ANSWER_ROOM - length);
  byId("answer-room").textContent = fill(words.room, { room });
  byId("sealed").hidden = true;
  byId("sealed-text").value = byId("copy-status").textContent = "";
  showAnswerProblem(length > ANSWER_ROOM ? fill(words.too_long, { max: ANSWER_ROOM, length }) : "");
}

function forgetAnswer() {
  asker = null;
  byId("answer-text").value = "";
  showAnswerRoom();
  byId("answering").hidden = true;
}

async function sealTyped(event) {
  event.preventDefault();
  const text = byId("answer-text").value;
  const { number, answerKey } = asker;
  if (!text.trim()) showAnswerProblem(words.answer_empty);
  if (!byId("answer-error").hidden) {
    byId("answer-text").focus();
    return;
  }
  const content = {
    version: 1, case_number: number, text, written_at: Math.floor(Date.now() / 1000),
  };
  const sealed = await sealAnswer(pad(utf8(JSON.stringify(content))), answerKey);
  if (asker?.answerKey === answerKey && byId("answer-text").value === text) showSealed(number, sealed);
}

function showSealed(number, sealed) {
  byId("sealed-title").textContent = fill(words.answer_sealed, { number });
  byId("sealed-text").value = sealedComment(`answer ${number}`, { answer: sealed });
  byId("sealed").hidden = false;
  byId("sealed-title").focus();
}

function listenForAnswers() {
  byId("answer-text").addEventListener("input", showAnswerRoom);
  byId("answer-form").addEventListener("submit", sealTyped);
  const copied = () => copyBox(byId("sealed-text"), byId("copy-status"));
  byId("copy-sealed").addEventListener("click", copied);
}

// --- what was added to a case ---

function isAddition({ version, kind, text }) {
  return version === 1 && kind === "addition" && typeof text === "string";
}

// Whoever holds the PIN of one case could name another inside; the comment's number counts.
function additionNotes(named, given) {
  const notes = [element("p", words.addition, "admonition-title"), element("p", words.addition_help)];
  if (!given || given === named) return notes;
  return [...notes, element("p", fill(words.difference_number, { issue: given, report: named }))];
}

function additionContent({ case_number: named, language, text, written_at: writtenAt }, pasted) {
  const [, given] = ADDITION_MARKER.exec(pasted) || [];
  const notes = additionNotes(String(named), given);
  const rows = [
    [words.addition_text, text],
    [words.written, time(writtenAt)],
    [words.written_in, words.languages[language] ?? String(language)],
  ];
  const list = rows.flatMap(([name, value]) => answerRows(name, value));
  return [
    element("div", notes, notes.length > 2 ? "admonition danger" : "admonition"),
    element("dl", list, "review"),
  ];
}

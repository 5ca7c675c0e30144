// The team's notes on an open case: what was done or asked, a referral, a consent that was asked
// for, a case handed back. Sealed to the organization's keys; then a link to the page that sends
// it, a message for WhatsApp, or a comment to paste. Nothing is sent from here, and text and seal
// are forgotten with the report. Needs sealing.js, codes.js and passing-on.js.

const NOTE_ROOM = { text: 3000 }; // characters, and in the other boxes
const NOTE_ROOM_ELSEWHERE = 300; // all of them full, at six bytes each, still can be sealed
const NOTE_FIELDS = ["to", "consent", "data", "doing", "by", "text"];
const NOTE_MARKER = /<!-- intake note ([0-9A-Z-]+)(?: [0-9a-f]+)? -->/;
let noted = null; // the case that is open: {number, token}

function isNote({ version, kind, sort }) {
  return version === 1 && kind === "note" && typeof sort === "string";
}

function offerNotes({ token }, number) {
  noted = readData("organization-keys").length ? { number, token } : null;
  byId("noting").hidden = !noted;
  showNoteFields();
}

function boxOf(field) {
  return byId(`note-${field}`);
}

function noteFields() {
  const sort = byId("note-sort").value;
  return NOTE_FIELDS.filter((field) => boxOf(field).closest("[data-sorts]").dataset.sorts.includes(sort));
}

// Each sort of note has boxes of its own; what stands in the others is not sealed.
function showNoteFields() {
  const shown = noteFields();
  for (const field of NOTE_FIELDS) boxOf(field).closest("[data-sorts]").hidden = !shown.includes(field);
  hideNote();
}

// What was sealed no longer is what stands in the boxes.
function hideNote() {
  for (const field of NOTE_FIELDS) tellNoteProblem(field, "");
  byId("note-sealed").hidden = true;
  byId("note-comment").value = byId("note-comment-status").textContent = "";
  if (byId("note-send")) byId("note-send").href = byId("note-send").dataset.page;
  byId("note-whatsapp").href = "whatsapp://send";
}

function tellNoteProblem(field, sentence) {
  const line = byId(`note-${field}-error`);
  line.hidden = !sentence;
  line.querySelector("span").textContent = sentence;
  if (sentence) boxOf(field).setAttribute("aria-invalid", "true");
  else boxOf(field).removeAttribute("aria-invalid");
}

// The first box that has to be filled in or shortened gets the focus.
function checkNote(fields) {
  const problems = fields.flatMap((field) => {
    const { value } = boxOf(field);
    const needed = field === "text" ? !["referral"].includes(byId("note-sort").value) : field !== "by";
    if (needed && !value.trim()) return [[field, words.note_empty]];
    const { length } = [...value];
    const max = NOTE_ROOM[field] ?? NOTE_ROOM_ELSEWHERE;
    return length > max ? [[field, fill(words.too_long, { max, length })]] : [];
  });
  for (const [field, sentence] of problems) tellNoteProblem(field, sentence);
  if (problems.length) boxOf(problems[0][0]).focus();
  return !problems.length;
}

function noteContent(fields, token) {
  const written = fields.map((field) => [field, boxOf(field).value.trim()]).filter(([, value]) => value);
  return {
    version: 1, kind: "note", token, case_number: noted.number, sort: byId("note-sort").value,
    ...Object.fromEntries(written), from: heldKey?.kid ?? null, written_at: Math.floor(Date.now() / 1000),
  };
}

async function sealNote(event) {
  event.preventDefault();
  hideNote();
  const fields = noteFields();
  if (!checkNote(fields)) return;
  const [given, token] = [noted, newToken()];
  const content = JSON.stringify(noteContent(fields, token));
  const sealed = await seal(pad(utf8(content)), readData("organization-keys"));
  if (noted !== given) return;
  showSealedNote(given, sealed, JSON.stringify({ version: 1, token, report_token: given.token, sealed }));
}

// `body` is what the receiver takes; behind # no server sees it.
function showSealedNote({ number }, sealed, body) {
  const comment = sealedComment(`note ${number}`, sealed);
  byId("note-title").textContent = fill(words.note_sealed, { number });
  byId("note-comment").value = comment;
  const send = byId("note-send");
  if (send) send.href = `${send.dataset.page}#${encodeURIComponent(body)}`;
  byId("note-whatsapp").href = whatsappLink(send && send.href.length <= LONGEST_LINK ? send.href : comment);
  byId("note-sealed").hidden = false;
  byId("note-title").focus();
}

function forgetNote() {
  noted = null;
  for (const field of NOTE_FIELDS) boxOf(field).value = "";
  byId("note-sort").value = "note";
  showNoteFields();
  byId("noting").hidden = true;
}

// --- reading what others noted ---

// Anybody who knows the report's token can write a note, so who wrote it is only claimed.
function writerOf(from) {
  try {
    return fill(words.note_claimed, { mark: markOf(from) });
  } catch {
    return words.note_unnamed;
  }
}

function noteRows(note) {
  const rows = NOTE_FIELDS.filter((field) => answered(note[field])).map((field) => [
    words.note_fields[field], String(note[field]),
  ]);
  return [...rows, [words.written, time(note.written_at)], [words.note_from, writerOf(note.from)]];
}

function showNote(note, sending) {
  const named = String(note.case_number);
  const [, given] = NOTE_MARKER.exec(byId("report-text").value) || [];
  const differs = given && given !== named;
  const sort = Object.keys(words.note_sorts).includes(note.sort) ? words.note_sorts[note.sort] : note.sort;
  const notes = [element("p", sort, "admonition-title")];
  if (differs) notes.push(element("p", fill(words.difference_number, { issue: given, report: named })));
  notes.push(element("p", words.note_proof));
  const rows = noteRows(note).flatMap(([name, value]) => answerRows(name, value));
  showOpened(fill(words.note_of, { number: named }), [
    element("div", notes, differs ? "admonition danger" : "admonition"),
    element("dl", rows, "review"),
  ]);
  const said = { unfiled: words.note_unsent, unfiled_help: words.note_unsent_help, file: words.note_send };
  showUnfiled(sending, Boolean(sending.body), said);
}

function listenForNotes() {
  byId("note-form").addEventListener("submit", sealNote);
  byId("note-form").addEventListener("input", hideNote);
  byId("note-sort").addEventListener("change", showNoteFields);
}

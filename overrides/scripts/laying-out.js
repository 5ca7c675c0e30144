// Lays an opened report out for reading, in the words of the page and of the form. Every word of a
// report is set as text, never as HTML. Needs urgency.js and hours.js.

const words = readData("reader-words");
const definition = readData("form-definition");

function byId(id) {
  return document.getElementById(id);
}

function readData(id) {
  return JSON.parse(byId(id).textContent);
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function element(tag, content, className) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (typeof content === "string") node.textContent = content;
  else node.append(...(content || []));
  return node;
}

function putInto(box, nodes) {
  box.textContent = "";
  box.append(...nodes);
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

// Where only a part was shared, the answers that the facts come from may be among the rest.
function findDifferences(report, given, number) {
  if (report.part) return [];
  const wrongNumber = given.number && given.number !== number
    ? [fill(words.difference_number, { issue: given.number, report: number })] : [];
  return [...wrongNumber, ...factDifferences(report, given.facts), ...consentDifferences(report)];
}

function agreement(report, differences) {
  if (report.part) return element("p", words.part, "admonition warning");
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
function surroundings({ consents, language, written_at: writtenAt, answers, part }) {
  const empty = definition.fields.filter(
    (field) => !answered(answers[field.id]) && isAsked(definition, field, answers),
  );
  const rows = [
    [words.written, time(writtenAt)],
    [words.written_in, words.languages[language] ?? String(language)],
    [words.kept, consents?.keep === true ? words.yes : words.no],
  ];
  const unanswered = empty.map((field) => questionOf(field, answers)).join("; ") || words.nothing;
  if (!part) rows.push([words.unanswered, unanswered]);
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


// Works out the clear facts of a report from its answers and the form definition, the same
// way in the form that seals a report and in the reader that checks it.

// How many of the listed codes were chosen. A condition is {field: [codes]}.
function countMatches(condition, answers) {
  const chosen = Object.entries(condition).map(([field, codes]) => {
    const given = [].concat(answers[field] ?? []);
    return codes.filter((code) => given.includes(code)).length;
  });
  return chosen.reduce((sum, count) => sum + count, 0);
}

function ruleHolds(rule, answers) {
  if (rule.any) return countMatches(rule.any, answers) > 0;
  if (rule.all) return rule.all.every((condition) => countMatches(condition, answers) > 0);
  return countMatches(rule.of, answers) >= rule.count;
}

// The highest level of any rule that holds; with none, green.
function computeUrgency(rules, answers) {
  const levels = rules.filter((rule) => ruleHolds(rule, answers)).map((rule) => rule.level);
  return ["red", "yellow"].find((level) => levels.includes(level)) || "green";
}

// The coarse group of a choice; an unknown choice stands for itself, so that a report
// written with another edition of the form shows as a difference and not as nothing.
function groupOf(field, code) {
  return field.choices[code]?.group ?? code;
}

// A list becomes a sorted list without doubles; an unanswered single question is null.
function readFact(definition, fact, answers) {
  const field = definition.fields.find(({ id }) => id === fact.from);
  const answer = answers[fact.from];
  const coarse = (code) => (fact.by === "group" ? groupOf(field, code) : code);
  if (field.kind === "many") return [...new Set([].concat(answer ?? []).map(coarse))].sort();
  return answer ? coarse(answer) : null;
}

function sharingOf(share) {
  if (share.includes("nobody")) return "tell-nobody";
  return share.length ? "may-share" : "ask-first";
}

// The answers with what the chosen ones imply, wherever the person gave none.
function complete(definition, answers) {
  const implied = definition.fields.flatMap(({ id, choices }) =>
    [].concat(answers[id] ?? []).map((code) => choices[code]?.implies ?? {}));
  return Object.assign({}, ...implied, answers);
}

// Whether a question is put to somebody who has answered so.
function isAsked(definition, { when, unless, byPage }, answers) {
  if (byPage) return false;
  const known = { ...answers, urgency: computeUrgency(definition.urgency, answers) };
  const needed = Object.entries(when ?? {}).every(([id, codes]) => countMatches({ [id]: codes }, known));
  return needed && !(unless && countMatches(unless, known));
}

function deriveFacts(definition, answers, language) {
  const workedOut = {
    urgency: computeUrgency(definition.urgency, answers),
    sharing: sharingOf([].concat(answers.share ?? [])),
    language,
  };
  return Object.fromEntries(definition.facts.map((fact) => [
    fact.id, fact.from ? readFact(definition, fact, answers) : workedOut[fact.id],
  ]));
}

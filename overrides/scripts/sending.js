// Seals the answers in this browser and sends them. Token, PIN and text live in memory only; a
// failed sending keeps both text and sealed bytes, so that trying again repeats the same ones.
// Needs sealing.js, codes.js, urgency.js and questions.js.

let report = null; // what was sealed for the answers under review: {body, token, pin, facts, written}
let sealing = null; // the promise of it, so that two presses never make two reports
let waiting = false; // whether it goes by itself once the network is back

// Sending is the consent to keep and read, unless a volunteer says that nobody has given it yet.
function consentsOf(answers, now) {
  const given = { version: definition.version, at: now, keep: answers.agreed !== "nobody" };
  for (const id of definition.consents) given[id] = answers[id] || [];
  return given;
}

function longestText(answers) {
  const size = (field) => utf8(answers[field.id] || "").length;
  return definition.fields.filter((field) => isText(field) && isOnPage(field))
    .sort((one, two) => size(two) - size(one))[0];
}

async function sealReport(keys, previous) {
  const { language } = definition;
  const answers = answersToSend();
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
  return { body, token, pin, facts, written: JSON.stringify(answers) };
}

async function sealOnce() {
  sealing = sealing || sealReport(settings.keys, null);
  report = report || await sealing;
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
  await sealOnce();
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
  offerHandOver();
}

function returnToField(field, message) {
  returning = true;
  ask(field);
  showProblems({ [field.id]: message }, readAnswers());
}

// A person can mend an answer; anything else the receiver refuses means an old page.
function showRefusal(told) {
  const field = definition.fields.find(
    (each) => isOnPage(each) && (told.errors || []).some((error) => error.field === each.id),
  );
  if (field) returnToField(field, told.errors.find((error) => error.field === field.id).message);
  else showNotSent(told.error === "invalid" ? settings.words.changed : told.message[definition.language]);
}

async function send() {
  const button = element("send");
  button.disabled = true;
  waiting = false;
  element("sending").textContent = settings.words.sending;
  element("not-sent").hidden = true;
  let said = "";
  try {
    const { answer, told } = await deliver();
    if (answer.ok) await showReceived(told.case_number);
    else showRefusal(told);
  } catch (error) {
    if (error.code === "too-large") {
      returnToField(longestText(readAnswers()), settings.words.tooLarge);
    } else {
      waiting = true;
      // Only a lost network tells when it is back; a receiver that is away does not.
      if (!navigator.onLine) said = settings.words.waiting;
      showNotSent(settings.words.noNetwork);
    }
  } finally {
    button.disabled = false;
    element("sending").textContent = said;
  }
}

// Whoever pressed "send" meant it: once the network is back, the same bytes go by themselves.
function sendAgain() {
  if (waiting && !element("review").hidden) send();
}

function showPin() {
  element("pin-box").hidden = false;
  element("show-pin").hidden = true;
}

function showReceived(number) {
  const { facts, pin } = report;
  element("case-number").textContent = number;
  element("pin").textContent = groupPin(pin);
  if (facts.urgency === "red") {
    const numbers = element("call-" + facts.country) || element("call-ID");
    element("call-now").replaceChildren(numbers.content.cloneNode(true));
    element("call-now").hidden = false;
  }
  const comesBack = facts.contact === "i-come-back";
  document.querySelector(`[data-next="${comesBack ? facts.contact : facts.urgency}"]`).hidden = false;
  if (comesBack) showPin();
  forget();
  showOnly("received");
  element("received-title").focus();
}

// Typing the last four digits back shows a slip of the pen while the right ones still stand there.
function checkLastFour() {
  const typed = element("last-four").value.replace(/\D/g, "");
  const right = element("pin").textContent.slice(-4) === typed;
  const { fits, fitsNot } = settings.words;
  element("last-four-said").textContent = typed.length < 4 ? "" : (right ? fits : fitsNot);
}

function speakPin() {
  speak([...element("pin").textContent.replace(/ /g, "")]);
}

function forgetSealed() {
  report = null;
  sealing = null;
  waiting = false;
  element("not-sent").hidden = true;
  element("sending").textContent = "";
  forgetHandOver();
}

function forget() {
  element("form").reset();
  for (const list of document.querySelectorAll(".review")) list.replaceChildren();
  current = null;
  forgetSealed();
}

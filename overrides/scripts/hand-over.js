// When the receiver cannot be reached: first a message for WhatsApp that can be read and changed,
// then the sealed report itself as a file or a link, through the phone's own share sheet. Both
// stay with the person until they send them. Needs questions.js and sending.js.

function readableMessage() {
  const answers = answersToSend();
  const given = askedFields(answers).filter((field) => answers[field.id]);
  const lines = given.map((field) => {
    const shown = shownAnswer(field, answers[field.id]).replace(/\n/g, "; ");
    return `${questionFor(field, answers)}\n${isText(field) ? answers[field.id] : shown}`;
  });
  return [settings.words.greeting, ...lines].join("\n\n");
}

// The app takes the text from its own address scheme, so no web server sees it on the way.
function prepareWhatsapp() {
  const number = settings.whatsapp.replace(/\D/g, "");
  const text = encodeURIComponent(element("message").value);
  element("to-whatsapp").href = `whatsapp://send?phone=${number}&text=${text}`;
}

function offerHandOver() {
  element("hand-over").hidden = false;
  if (!settings.whatsapp || element("message").value) return;
  element("message").value = readableMessage();
  prepareWhatsapp();
}

// The older command: browsers inside other apps refuse the clipboard to a page, but not this.
function copy() {
  element("message").select();
  if (document.execCommand("copy")) element("handed").textContent = settings.words.copied;
}

function sealedFile(body) {
  const text = `${settings.words.file}\n\n${body}\n`;
  return new File([text], "minta-bantuan.txt", { type: "text/plain" });
}

function showLink(body) {
  element("sealed-link-box").hidden = false;
  element("sealed-link").value = `${settings.reader}#${encodeURIComponent(body)}`;
  element("sealed-link").select();
  element("handed").textContent = settings.words.noShare;
}

// Whoever is called by the team later has to know the number, and has no receipt to learn it from.
async function showOwnCodes() {
  const number = await caseNumber(report.token, 8);
  const { ownNumber, ownPin } = settings.words;
  const said = [ownNumber.replace("{number}", number)];
  if (report.facts.contact === "i-come-back") said.push(ownPin.replace("{pin}", groupPin(report.pin)));
  element("own-codes").textContent = said.join(" ");
}

async function shareSealed() {
  try {
    await sealOnce();
  } catch (error) {
    if (error.code !== "too-large") throw error;
    returnToField(longestText(readAnswers()), settings.words.tooLarge);
    return;
  }
  await showOwnCodes();
  const files = [sealedFile(report.body)];
  if (!navigator.canShare?.({ files })) {
    showLink(report.body);
    return;
  }
  // Closing the share sheet is no fault; everything is still there.
  await navigator.share({ files }).catch(() => showLink(report.body));
}

function forgetHandOver() {
  element("hand-over").hidden = true;
  if (settings.keys.length) element("sealed-link-box").hidden = true;
  for (const id of ["handed", "own-codes"]) element(id).textContent = "";
  for (const id of ["message", "sealed-link"]) if (element(id)) element(id).value = "";
  if (settings.whatsapp) element("to-whatsapp").href = "whatsapp://send";
}

function listenToHandOver() {
  if (settings.keys.length) element("share-sealed").addEventListener("click", shareSealed);
  if (!settings.whatsapp) return;
  element("message").addEventListener("input", prepareWhatsapp);
  element("copy-message").addEventListener("click", copy);
}

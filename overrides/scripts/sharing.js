// Reseals the open report, whole or in part, to one volunteer's key. What lets somebody speak as the
// person, the PIN's verifier and answer key, never goes along; the report's token does, because
// her notes need it. Needs sealing.js, passing-on.js and volunteers.js.

const ALWAYS_SHARED = ["who", "door", "contact"]; // without these she cannot know what is allowed
const LEFT_OUT_FIRST = ["contact", "details"]; // steps of the form: how to reach, and names
let shareable = null; // {report, number}: what is open

function alwaysShared(id) {
  return ALWAYS_SHARED.includes(id) || (definition.consents || []).includes(id);
}

// The plaintext for the volunteer: the shape of a report, with `part` where something was left out.
function sharedReport({ report, number }, chosen) {
  const { version, token, language, facts, consents, written_at, answers } = report;
  const ids = Object.keys(answers).filter((id) => !chosen || alwaysShared(id) || chosen.includes(id));
  const shared = {
    version, token, language, facts, consents, written_at, case_number: number,
    shared_at: Math.floor(Date.now() / 1000),
    answers: Object.fromEntries(ids.map((id) => [id, answers[id]])),
  };
  return ids.length < Object.keys(answers).length ? { ...shared, part: true } : shared;
}

// One box to tick for each answer that may stay behind.
function partOption(id, answers) {
  const field = findField(id);
  const box = document.createElement("input");
  box.type = "checkbox";
  box.value = id;
  box.checked = !LEFT_OUT_FIRST.includes(field?.step);
  const label = element("label", [box, element("span", field ? questionOf(field, answers) : id)], "option");
  return label;
}

function offerVolunteers() {
  const options = volunteers.map((volunteer) => {
    const option = element("option", nameOfVolunteer(volunteer));
    option.value = volunteer.kid;
    return option;
  });
  putInto(byId("share-to"), options);
  byId("share-form").hidden = !volunteers.length;
  byId("share-nobody").hidden = volunteers.length > 0;
}

function offerSharing(report, number) {
  shareable = report.shared_at ? null : { report, number };
  byId("sharing").hidden = !shareable;
  byId("share-whole").checked = true;
  const ids = Object.keys(report.answers).filter((id) => answered(report.answers[id]) && !alwaysShared(id));
  putInto(byId("share-list"), ids.map((id) => partOption(id, report.answers)));
  hideShared();
}

function chosenAnswers() {
  if (byId("share-whole").checked) return null;
  return [...byId("share-list").querySelectorAll("input:checked")].map((box) => box.value);
}

// What was sealed no longer is what is chosen.
function hideShared() {
  byId("share-part-box").hidden = byId("share-whole").checked;
  byId("shared").hidden = true;
  byId("shared-text").value = byId("shared-comment").value = "";
  byId("shared-text-status").textContent = byId("shared-comment-status").textContent = "";
  byId("shared-whatsapp").href = "whatsapp://send";
}

async function shareCase(event) {
  event.preventDefault();
  const given = shareable;
  const volunteer = volunteers.find(({ kid }) => kid === byId("share-to").value);
  const content = sharedReport(given, chosenAnswers());
  const sealed = await seal(pad(utf8(JSON.stringify(content))), [volunteer.jwk]);
  if (shareable === given) showShared(given.number, volunteer, sealed);
}

function showShared(number, volunteer, sealed) {
  const mark = markOf(volunteer.kid);
  const link = `${ownAddress()}#${encodeURIComponent(JSON.stringify(sealed))}`;
  const isShort = link.length <= LONGEST_LINK;
  byId("shared-title").textContent = fill(words.shared, { number, name: nameOfVolunteer(volunteer) });
  byId("shared-text").value = isShort ? link : JSON.stringify(sealed);
  byId("shared-whatsapp").href = whatsappLink(link);
  byId("shared-whatsapp").hidden = !isShort;
  byId("shared-long").hidden = isShort;
  byId("shared-file").dataset.name = `kasus-${number}.txt`;
  byId("shared-comment").value = sealedComment(`share ${number} ${mark}`, sealed);
  byId("shared").hidden = false;
  byId("shared-title").focus();
}

function forgetSharing() {
  shareable = null;
  putInto(byId("share-list"), []);
  hideShared();
  byId("sharing").hidden = true;
}

function listenForSharing() {
  byId("share-form").addEventListener("submit", shareCase);
  byId("share-form").addEventListener("change", hideShared);
  byId("shared-file").addEventListener("click", ({ currentTarget }) => {
    shareFile(currentTarget.dataset.name, `${byId("shared-text").value}\n`);
  });
}

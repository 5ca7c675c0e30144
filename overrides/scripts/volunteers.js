// The coordinator's list of volunteers' public keys: a key is added once its letters were compared
// by phone, and struck out in one step. The list is kept on her phone only if she ticks that, and
// goes to the deputy as a block sealed to the organization's keys. Needs sealing.js, locking.js,
// keeping.js and passing-on.js.

const VOLUNTEERS = "daftar-relawan"; // its name in the phone's storage
const LONGEST_LABEL = 30; // characters
let volunteers = []; // {kid, jwk, label}
let struckKeys = []; // kids; a key that was struck out never comes back, not even by an older copy
let candidate = null; // {kid, jwk}: read, not compared yet

function listToKeep() {
  const keys = volunteers.map(({ jwk, label }) => ({ jwk, label }));
  return { version: 1, kind: "volunteers", keys, struck: struckKeys };
}

function isVolunteerList({ version, kind, keys, struck }) {
  return version === 1 && kind === "volunteers" && Array.isArray(keys) && Array.isArray(struck);
}

// The usable keys of a list from outside.
async function readList({ keys }) {
  const found = await Promise.all(keys.map(async ({ jwk, label }) => {
    const key = await readPublicKey(jwk).catch(() => null);
    return key && { ...key, label: String(label ?? "").slice(0, LONGEST_LABEL) };
  }));
  return found.filter(Boolean);
}

function saveList() {
  if (!byId("keep-volunteers").checked) letGo(VOLUNTEERS);
  else if (!keep(VOLUNTEERS, listToKeep())) byId("volunteers-status").textContent = words.list_refused;
}

// "7K2Q · Bu Contoh"
function nameOfVolunteer({ kid, label }) {
  return label ? `${markOf(kid)} · ${label}` : markOf(kid);
}

function showVolunteers() {
  putInto(byId("volunteers"), volunteers.map((volunteer) => {
    const button = element("button", words.strike, "button quiet");
    button.type = "button";
    button.setAttribute("aria-label", `${words.strike} ${nameOfVolunteer(volunteer)}`);
    button.addEventListener("click", () => strikeOut(volunteer));
    const name = element("span", nameOfVolunteer(volunteer), "name");
    name.translate = false;
    return element("li", [name, button]);
  }));
  byId("no-volunteers").hidden = volunteers.length > 0;
  byId("list-copy").hidden = !volunteers.length || !readData("organization-keys").length;
  byId("list-sealed").hidden = true;
  offerVolunteers();
}

// A link, the text behind its #, or the key itself as JSON.
async function findPublicKey(text) {
  const [, linked] = /relawan=([\w-]+)/.exec(text) || [];
  const [, plain] = /^\s*([\w-]{100,})\s*$/.exec(text) || [];
  const [object] = findObjects(text);
  return readPublicKey(linked || plain || object || "");
}

// Why a key cannot go into the list, or nothing.
function refusalOfKey({ kid }) {
  if (struckKeys.includes(kid)) return words.volunteer_struck;
  if (volunteers.some((one) => one.kid === kid)) return words.volunteer_known;
  return volunteers.some((one) => markOf(one.kid) === markOf(kid)) ? words.volunteer_same_mark : "";
}

async function readVolunteer() {
  hideCandidate();
  const text = byId("volunteer-text").value;
  const found = await findPublicKey(text).catch(() => null);
  if (byId("volunteer-text").value !== text) return;
  const problem = found ? refusalOfKey(found) : words.volunteer_none;
  tellProblem("volunteer-text", problem);
  if (problem) return;
  candidate = found;
  byId("volunteer-spoken").textContent = lettersOfKey(found.kid, SPOKEN_LETTERS);
  byId("candidate").hidden = false;
  byId("candidate-title").focus();
}

function hideCandidate() {
  candidate = null;
  byId("candidate").hidden = true;
  byId("volunteer-label").value = byId("volunteers-status").textContent = "";
  byId("struck").hidden = true;
}

function addVolunteer() {
  const label = byId("volunteer-label").value.trim().slice(0, LONGEST_LABEL);
  const added = { ...candidate, label };
  volunteers = [...volunteers, added];
  byId("volunteer-text").value = "";
  hideCandidate();
  showVolunteers();
  byId("volunteers-status").textContent = fill(words.volunteer_added, { name: nameOfVolunteer(added) });
  saveList();
  byId("volunteers-title").focus();
}

// One press: the key is gone from here, and the command does the same at the tracker.
function strikeOut(volunteer) {
  volunteers = volunteers.filter(({ kid }) => kid !== volunteer.kid);
  struckKeys = [...struckKeys, volunteer.kid];
  hideCandidate();
  showVolunteers();
  saveList();
  byId("struck-title").textContent = fill(words.struck, { name: nameOfVolunteer(volunteer) });
  byId("struck-command").value = `/coret ${markOf(volunteer.kid)}`;
  byId("struck").hidden = false;
  byId("struck-title").focus();
}

async function sealList() {
  try {
    const sealed = await seal(pad(utf8(JSON.stringify(listToKeep()))), readData("organization-keys"));
    byId("list-text").value = JSON.stringify(sealed);
    byId("list-sealed").hidden = false;
    byId("list-title").focus();
  } catch (error) {
    if (error.code !== "too-large") throw error;
    byId("volunteers-status").textContent = words.list_too_long;
  }
}

// Anyone can seal a list to the organization, so it is taken over only when a person says so.
async function showVolunteerList(list) {
  const struck = list.struck.filter((kid) => typeof kid === "string");
  const found = (await readList(list)).filter(({ kid }) => ![...struck, ...struckKeys].includes(kid));
  const button = element("button", words.list_merge, "button");
  button.type = "button";
  button.addEventListener("click", () => mergeList(found, struck));
  const rows = found.map((one) => {
    const shown = `${lettersOfKey(one.kid, SPOKEN_LETTERS)}${one.label && ` · ${one.label}`}`;
    return element("li", shown);
  });
  showOpened(words.list_opened, [
    element("p", words.list_compare, "admonition warning"),
    element("ul", rows),
    element("p", [button]),
  ]);
}

function mergeList(found, struck) {
  struckKeys = [...new Set([...struckKeys, ...struck])];
  const stay = volunteers.filter(({ kid }) => !struckKeys.includes(kid));
  const fresh = found.filter(({ kid }) => !stay.some((one) => one.kid === kid));
  volunteers = [...stay, ...fresh];
  saveList();
  forgetReport();
  showVolunteers();
  byId("volunteers-part").open = true;
  byId("volunteers-status").textContent = fill(words.list_merged, { count: fresh.length });
  byId("volunteers-title").focus();
}

function takeVolunteer(fragment) {
  byId("volunteers-part").open = true;
  byId("volunteer-text").value = ownAddress() + fragment;
  readVolunteer();
}

async function showKeptVolunteers() {
  const list = kept(VOLUNTEERS);
  if (list && isVolunteerList(list)) {
    byId("keep-volunteers").checked = true;
    struckKeys = list.struck;
    volunteers = await readList(list);
  }
  showVolunteers();
}

function listenForVolunteers() {
  byId("read-volunteer").addEventListener("click", readVolunteer);
  byId("add-volunteer").addEventListener("click", addVolunteer);
  byId("list-copy").addEventListener("click", sealList);
  byId("keep-volunteers").addEventListener("change", saveList);
}

// A volunteer's own key, made on her phone: locked by a passphrase that is shown once, kept in the
// phone only if she ticks that, else saved as a file. What goes to the coordinator is the public
// half, as a link and a QR code. Needs locking.js, qr.js, keeping.js and passing-on.js.

const OWN_KEY = "kunci-relawan"; // its name in the phone's storage: {locked, jwk}
let madeKey = null; // until it is saved: {locked, jwk, kid, passphrase}

// The locked key that is kept on this phone, or null.
function keptKey() {
  const found = kept(OWN_KEY);
  return found?.locked && found.jwk ? found : null;
}

async function makeKey() {
  const { privateJwk, publicJwk } = await newKeyPair();
  const passphrase = newPassphrase();
  const locked = await lockKey(privateJwk, passphrase);
  madeKey = { locked, jwk: publicJwk, kid: await thumbprint(publicJwk), passphrase };
  byId("own-passphrase").textContent = passphrase;
  byId("own-none").hidden = true;
  byId("own-new").hidden = false;
  byId("own-new-title").focus();
}

// Typing the last letters back shows that the paper holds them.
function wroteItDown() {
  const typed = normalizePassphrase(byId("own-last").value);
  return typed === madeKey.passphrase.slice(-4);
}

async function saveOwnKey(event) {
  event.preventDefault();
  const { locked, jwk, kid } = madeKey;
  if (!wroteItDown()) return tellProblem("own-last", words.own_last_wrong);
  tellProblem("own-last", "");
  const keepIt = byId("own-keep").checked;
  if (keepIt && !keep(OWN_KEY, { locked, jwk })) return tellProblem("own-keep", words.own_refused);
  if (!keepIt) saveFile(`kunci-${markOf(kid)}.txt`, `${locked}\n`);
  forgetMadeKey();
  await showOwnKey(jwk);
  byId("own-status").textContent = keepIt ? words.own_kept : words.own_saved;
  byId("own-title").focus();
}

function drawCode(text) {
  const rows = qrCode(text);
  const size = rows.length + 8; // with the light margin that scanners need
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : "")));
  byId("own-code").setAttribute("viewBox", `0 0 ${size} ${size}`);
  byId("own-code").querySelector("path").setAttribute("d", path.join(""));
}

async function showOwnKey(jwk) {
  const kid = await thumbprint(jwk);
  const link = `${ownAddress()}#relawan=${writePublicKey(jwk)}`;
  byId("own-mark").textContent = markOf(kid);
  byId("own-spoken").textContent = lettersOfKey(kid, SPOKEN_LETTERS);
  byId("own-link").value = link;
  byId("own-whatsapp").href = whatsappLink(link);
  drawCode(link);
  const isKept = Boolean(keptKey());
  byId("own-delete").hidden = byId("own-copy").hidden = !isKept;
  byId("own-none").hidden = true;
  byId("own-key").hidden = false;
  offerKeptKey();
}

// The key that is kept stands in for the box to paste one into.
function offerKeptKey() {
  const isKept = Boolean(keptKey());
  byId("key-kept").hidden = !isKept || Boolean(heldKey);
  byId("key-asked").hidden = isKept || Boolean(heldKey);
  if (isKept) byId("kept-mark").textContent = byId("own-mark").textContent;
}

function askForOtherKey() {
  byId("key-kept").hidden = true;
  byId("key-asked").hidden = false;
  byId("key-text").focus();
}

function copyOwnKey() {
  saveFile(`kunci-${byId("own-mark").textContent}.txt`, `${keptKey().locked}\n`);
}

function deleteOwnKey() {
  letGo(OWN_KEY);
  byId("own-key").hidden = true;
  byId("own-none").hidden = false;
  byId("own-status").textContent = words.own_deleted;
  offerKeptKey();
  byId("make-key").focus();
}

function forgetMadeKey() {
  madeKey = null;
  byId("own-passphrase").textContent = byId("own-last").value = "";
  byId("own-keep").checked = false;
  byId("own-new").hidden = true;
  for (const place of ["own-last", "own-keep"]) byId(`${place}-error`).hidden = true;
}

function forgetOwnKey() {
  const unsaved = Boolean(madeKey);
  forgetMadeKey();
  byId("own-status").textContent = "";
  if (unsaved) byId("own-none").hidden = false;
}

async function showKeptKey() {
  const found = keptKey();
  if (found) await showOwnKey(found.jwk);
}

function listenForOwnKey() {
  byId("make-key").addEventListener("click", makeKey);
  byId("own-new").addEventListener("submit", saveOwnKey);
  byId("own-delete").addEventListener("click", deleteOwnKey);
  byId("own-copy").addEventListener("click", copyOwnKey);
  byId("other-key").addEventListener("click", askForOtherKey);
}

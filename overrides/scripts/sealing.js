// Seals bytes for the holders of a few P-256 keys and opens them again: JWE General JSON,
// RFC 7516, with WebCrypto alone. Bad input throws an Error whose `code` is one of
// "too-large", "no-recipient", "not-a-report", "not-for-this-key", "damaged", "not-a-key",
// "wrong-passphrase"; no error carries any of the content.

const SEALING_ALG = "ECDH-ES+A256KW";
const SEALING_HEADER = "eyJlbmMiOiJBMjU2R0NNIn0"; // base64url of {"enc":"A256GCM"}, also the AAD
const LARGEST_REPORT = 24576; // bytes after padding
const LOCK_ROUNDS = [210000, 10000000]; // fewer are too weak; more would stall a phone

function failure(code) {
  return Object.assign(new Error(code), { code });
}

function utf8(text) {
  return new TextEncoder().encode(text);
}

function parseJson(bytes) {
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
}

// RFC 7515 section 2: base64url without padding.
function toBase64url(bytes) {
  const binary = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

// Only the one canonical spelling counts: a flipped unused bit is damage too.
function fromBase64url(text) {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  if (toBase64url(bytes) !== text) throw failure("damaged");
  return bytes;
}

// Trailing spaces hide the length: steps of 1 KiB up to 4 KiB, then steps of 4 KiB.
function pad(bytes) {
  const step = bytes.length > 4096 ? 4096 : 1024;
  const size = Math.max(1, Math.ceil(bytes.length / step)) * step;
  if (size > LARGEST_REPORT) throw failure("too-large");
  const padded = new Uint8Array(size).fill(0x20);
  padded.set(bytes);
  return padded;
}

function publicPart({ kty, crv, x, y }) {
  return { kty, crv, x, y };
}

// RFC 7638 section 3: SHA-256 over the required members in lexicographic order. One list
// serves EC and RSA alike, since JSON.stringify leaves out what a key does not have.
async function thumbprint(jwk) {
  const canonical = JSON.stringify(jwk, ["crv", "e", "kty", "n", "x", "y"]);
  return toBase64url(await crypto.subtle.digest("SHA-256", utf8(canonical)));
}

// RFC 7518 section 4.6.2: one round of Concat KDF with SHA-256 gives up to 256 bits.
async function concatKdf(secret, algorithmId, bits, partyU = "", partyV = "") {
  const uint32 = (number) => [0, 0, number >> 8, number & 255];
  const field = (text) => [...uint32(text.length), ...utf8(text)];
  const input = [
    ...uint32(1), ...new Uint8Array(secret),
    ...field(algorithmId), ...field(partyU), ...field(partyV), ...uint32(bits),
  ];
  const hash = await crypto.subtle.digest("SHA-256", Uint8Array.from(input));
  return hash.slice(0, bits / 8);
}

function importP256(jwk, usages) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  return crypto.subtle.importKey("jwk", jwk, curve, false, usages);
}

// RFC 7518 section 4.6: the key that wraps the content key for one recipient.
async function agreeWrappingKey(privateKey, publicJwk, usage) {
  const theirs = await importP256(publicPart(publicJwk), []);
  const agreement = { name: "ECDH", public: theirs };
  const secret = await crypto.subtle.deriveBits(agreement, privateKey, 256);
  const wrappingKey = await concatKdf(secret, SEALING_ALG, 256);
  return crypto.subtle.importKey("raw", wrappingKey, "AES-KW", false, [usage]);
}

// RFC 7518 section 4.6.1: each recipient gets a fresh ephemeral key.
async function wrapFor(jwk, contentKey) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const ephemeral = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const wrappingKey = await agreeWrappingKey(ephemeral.privateKey, jwk, "wrapKey");
  const wrapped = await crypto.subtle.wrapKey("raw", contentKey, wrappingKey, "AES-KW");
  const epk = publicPart(await crypto.subtle.exportKey("jwk", ephemeral.publicKey));
  const header = { alg: SEALING_ALG, kid: await thumbprint(jwk), epk };
  return { header, encrypted_key: toBase64url(wrapped) };
}

// RFC 7516 section 5.1. Pad first: seal(pad(bytes), keys).
async function seal(bytes, recipientJwks) {
  if (!recipientJwks.length) throw failure("no-recipient");
  const gcm = { name: "AES-GCM", length: 256 };
  const contentKey = await crypto.subtle.generateKey(gcm, true, ["encrypt"]);
  const recipients = await Promise.all(recipientJwks.map((jwk) => wrapFor(jwk, contentKey)));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: utf8(SEALING_HEADER) };
  const sealed = await crypto.subtle.encrypt(parameters, contentKey, bytes);
  return {
    protected: SEALING_HEADER,
    recipients,
    iv: toBase64url(iv),
    ciphertext: toBase64url(sealed.slice(0, -16)), // WebCrypto appends the tag
    tag: toBase64url(sealed.slice(-16)),
  };
}

// Steps shared by reports (RFC 7516 section 5.2) and locked keys (RFC 7518 section 4.8).
function unwrapContentKey(encryptedKey, wrappingKey) {
  const gcm = { name: "AES-GCM" };
  return crypto.subtle.unwrapKey("raw", encryptedKey, wrappingKey, "AES-KW", gcm, false, ["decrypt"]);
}

async function decryptContent(contentKey, header, iv, ciphertext, tag) {
  const parameters = { name: "AES-GCM", iv: fromBase64url(iv), additionalData: utf8(header) };
  const sealed = Uint8Array.of(...fromBase64url(ciphertext), ...fromBase64url(tag));
  return new Uint8Array(await crypto.subtle.decrypt(parameters, contentKey, sealed));
}

// A private key that the page can use but never read back.
async function holdKey(privateJwk) {
  const { kty, crv, x, y, d } = privateJwk;
  const key = await importP256({ kty, crv, x, y, d }, ["deriveBits"]);
  return { kid: await thumbprint(privateJwk), key };
}

function findRecipient(jwe, kid) {
  const shaped = jwe && typeof jwe.ciphertext === "string" && Array.isArray(jwe.recipients);
  if (!shaped) throw failure("not-a-report");
  const mine = jwe.recipients.find((recipient) => recipient?.header?.kid === kid);
  if (!mine) throw failure("not-for-this-key");
  return mine;
}

// RFC 7516 section 5.2. Takes a private JWK or what holdKey gave; returns the padded bytes.
async function openSealed(jwe, privateKey) {
  const held = privateKey.key ? privateKey : await holdKey(privateKey);
  const { header, encrypted_key: wrapped } = findRecipient(jwe, held.kid);
  try {
    if (jwe.protected !== SEALING_HEADER || header.alg !== SEALING_ALG) throw failure("damaged");
    const wrappingKey = await agreeWrappingKey(held.key, header.epk, "unwrapKey");
    const contentKey = await unwrapContentKey(fromBase64url(wrapped), wrappingKey);
    return await decryptContent(contentKey, SEALING_HEADER, jwe.iv, jwe.ciphertext, jwe.tag);
  } catch {
    throw failure("damaged"); // one answer for every kind of damage
  }
}

// RFC 7518 section 4.8.1: PBKDF2 with salt = alg || 0x00 || p2s.
async function derivePbes2Key(password, { alg, p2s, p2c }) {
  const [, hash, bits] = /^PBES2-HS(\d{3})\+A(\d{3})KW$/.exec(alg);
  const salt = Uint8Array.of(...utf8(alg), 0, ...fromBase64url(p2s));
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-" + hash, salt, iterations: p2c };
  const base = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveKey"]);
  const wrapping = { name: "AES-KW", length: Number(bits) };
  return crypto.subtle.deriveKey(pbkdf2, base, wrapping, false, ["unwrapKey"]);
}

function acceptedLock({ alg, enc, crit, p2c }) {
  const [fewest, most] = LOCK_ROUNDS;
  return alg === "PBES2-HS512+A256KW" && enc === "A256GCM" && !crit
    && Number.isInteger(p2c) && p2c >= fewest && p2c <= most;
}

// Compact JWE, RFC 7516 section 7.1: header, encrypted key, iv, ciphertext, tag.
function parseLockedKey(compactJwe) {
  try {
    const parts = compactJwe.split(".");
    const [header, wrapped] = parts.map(fromBase64url);
    const lock = parseJson(header);
    if (parts.length !== 5 || !acceptedLock(lock)) throw failure("not-a-key");
    fromBase64url(lock.p2s);
    return { parts, lock, wrapped };
  } catch {
    throw failure("not-a-key");
  }
}

// Opens a private JWK locked by a passphrase. AES-KW tells a wrong passphrase from damage
// behind it, but not from damage in the encrypted key itself.
async function unlockKey(compactJwe, passphrase) {
  const { parts, lock, wrapped } = parseLockedKey(compactJwe);
  const wrappingKey = await derivePbes2Key(passphrase, lock);
  const contentKey = await unwrapContentKey(wrapped, wrappingKey).catch(() => {
    throw failure("wrong-passphrase");
  });
  try {
    const [header, , iv, ciphertext, tag] = parts;
    const jwk = parseJson(await decryptContent(contentKey, header, iv, ciphertext, tag));
    if (jwk.crv !== "P-256" || typeof jwk.d !== "string") throw failure("not-a-key");
    return jwk;
  } catch {
    throw failure("not-a-key");
  }
}

// The passphrase is 16 letters of Crockford base32, however they were typed from paper.
function normalizePassphrase(text) {
  const letters = text.toUpperCase().replace(/[^0-9A-Z]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

// Seals bytes for the holders of a few P-256 keys: JWE General JSON, RFC 7516, with WebCrypto
// alone. Bad input throws an Error whose `code` is one of "too-large", "no-recipient",
// "damaged"; no error carries any of the content.

const SEALING_ALG = "ECDH-ES+A256KW";
const SEALING_HEADER = "eyJlbmMiOiJBMjU2R0NNIn0"; // base64url of {"enc":"A256GCM"}, also the AAD
const LARGEST_REPORT = 24576; // bytes after padding

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

// RFC 7516 section 5.2, the last steps: WebCrypto expects the tag behind the ciphertext.
async function decryptContent(contentKey, header, iv, ciphertext, tag) {
  const parameters = { name: "AES-GCM", iv: fromBase64url(iv), additionalData: utf8(header) };
  const sealed = Uint8Array.of(...fromBase64url(ciphertext), ...fromBase64url(tag));
  return new Uint8Array(await crypto.subtle.decrypt(parameters, contentKey, sealed));
}

// Makes a key pair that opens what sealing.js seals, and locks its private half by a passphrase as
// `intake keys new` does: compact JWE, RFC 7518 section 4.8. A public key travels as base64url of
// its JWK; what is none throws an Error with the code "not-a-public-key".
// Needs sealing.js, case-number.js and opening.js.

const LOCK_HEADER = { alg: "PBES2-HS512+A256KW", enc: "A256GCM" };
const MARK_LETTERS = 4; // the mark of a key, as at the tracker
const SPOKEN_LETTERS = 12; // read aloud: four alone could be found again by trying keys

// 16 letters of 5 random bits each: 80 bits.
function newPassphrase() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return normalizePassphrase([...bytes].map((byte) => CROCKFORD[byte % 32]).join(""));
}

// {privateJwk, publicJwk}: the private half goes no further than into its lock.
async function newKeyPair() {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const pair = await crypto.subtle.generateKey(curve, true, ["deriveBits"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { privateJwk: { kty, crv, x, y, d }, publicJwk: { kty, crv, x, y } };
}

async function lockKey(privateJwk, passphrase) {
  const p2s = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
  const lock = { ...LOCK_HEADER, p2s, p2c: LOCK_ROUNDS[0] };
  const header = toBase64url(utf8(JSON.stringify(lock)));
  const gcm = { name: "AES-GCM", length: 256 };
  const contentKey = await crypto.subtle.generateKey(gcm, true, ["encrypt"]);
  const wrappingKey = await derivePbes2Key(passphrase, lock, "wrapKey");
  const wrapped = await crypto.subtle.wrapKey("raw", contentKey, wrappingKey, "AES-KW");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: utf8(header) };
  const content = utf8(JSON.stringify(privateJwk));
  const sealed = await crypto.subtle.encrypt(parameters, contentKey, content);
  return [header, ...[wrapped, iv, sealed.slice(0, -16), sealed.slice(-16)].map(toBase64url)].join(".");
}

// The first letters of a key's thumbprint: `7K2Q`, or `7K2Q-9MPA-XV04`.
function lettersOfKey(kid, letters) {
  const bits = [...fromBase64url(kid)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const found = bits.match(/.{5}/g).slice(0, letters).map((five) => CROCKFORD[parseInt(five, 2)]);
  return found.join("").replace(/(.{4})(?=.)/g, "$1-");
}

function markOf(kid) {
  return lettersOfKey(kid, MARK_LETTERS);
}

function writePublicKey(jwk) {
  return toBase64url(utf8(JSON.stringify(publicPart(jwk))));
}

// {kid, jwk} of a public key on P-256, however it came: as base64url or as an object.
async function readPublicKey(given) {
  try {
    const jwk = publicPart(typeof given === "string" ? parseJson(fromBase64url(given)) : given);
    if (jwk.kty !== "EC" || jwk.crv !== "P-256") throw failure("not-a-public-key");
    await importP256(jwk, []); // refuses what is no point of the curve
    return { kid: await thumbprint(jwk), jwk };
  } catch {
    throw failure("not-a-public-key");
  }
}

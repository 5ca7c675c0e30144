// Opens what sealing.js seals, with a private key that rests locked by a passphrase: JWE,
// RFC 7516, with WebCrypto alone. Bad input throws an Error whose `code` is one of
// "not-a-report", "not-for-this-key", "damaged", "not-a-key", "wrong-passphrase"; no error
// carries any of the content. Needs sealing.js.

const LOCK_ROUNDS = [210000, 10000000]; // fewer are too weak; more would stall a phone

// Steps shared by reports (RFC 7516 section 5.2) and locked keys (RFC 7518 section 4.8).
function unwrapContentKey(encryptedKey, wrappingKey) {
  const gcm = { name: "AES-GCM" };
  return crypto.subtle.unwrapKey("raw", encryptedKey, wrappingKey, "AES-KW", gcm, false, ["decrypt"]);
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
async function derivePbes2Key(password, { alg, p2s, p2c }, usage = "unwrapKey") {
  const [, hash, bits] = /^PBES2-HS(\d{3})\+A(\d{3})KW$/.exec(alg);
  const salt = Uint8Array.of(...utf8(alg), 0, ...fromBase64url(p2s));
  const pbkdf2 = { name: "PBKDF2", hash: "SHA-" + hash, salt, iterations: p2c };
  const base = await crypto.subtle.importKey("raw", utf8(password), "PBKDF2", false, ["deriveKey"]);
  const wrapping = { name: "AES-KW", length: Number(bits) };
  return crypto.subtle.deriveKey(pbkdf2, base, wrapping, false, [usage]);
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

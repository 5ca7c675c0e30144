// The team's answer, sealed to the key that a report's PIN yields: compact JWE, RFC 7516
// section 7.1, with "dir" and A256GCM. Whoever holds the PIN opens it; neither receiver nor
// tracker can. Damage of any kind throws an Error with the code "damaged", which carries none
// of the content. Needs sealing.js.

const ANSWER_HEADER = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0"; // {"alg":"dir","enc":"A256GCM"}
const ANSWER_SHAPE = /^[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/; // 12 bytes iv, 16 bytes tag

async function importAnswerKey(answerKey, usage) {
  return crypto.subtle.importKey("raw", fromBase64url(answerKey), "AES-GCM", false, [usage]);
}

// Pad first: sealAnswer(pad(bytes), answerKey).
async function sealAnswer(bytes, answerKey) {
  const key = await importAnswerKey(answerKey, "encrypt");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const parameters = { name: "AES-GCM", iv, additionalData: utf8(ANSWER_HEADER) };
  const sealed = await crypto.subtle.encrypt(parameters, key, bytes);
  const parts = [iv, sealed.slice(0, -16), sealed.slice(-16)].map(toBase64url);
  return `${ANSWER_HEADER}..${parts.join(".")}`;
}

async function openAnswer(compact, answerKey) {
  try {
    const [header, , iv, ciphertext, tag] = compact.split(".");
    if (!ANSWER_SHAPE.test(compact) || header !== ANSWER_HEADER) throw failure("damaged");
    const key = await importAnswerKey(answerKey, "decrypt");
    return parseJson(await decryptContent(key, header, iv, ciphertext, tag));
  } catch {
    throw failure("damaged"); // a parser's own message would repeat the content
  }
}

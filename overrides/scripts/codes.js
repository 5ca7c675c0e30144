// Makes the token and the report PIN of one report and derives what the receiver may know.
// Needs toBase64url, fromBase64url and utf8 of sealing.js.

const PIN_ROUNDS = 600000;

function newToken() {
  return toBase64url(crypto.getRandomValues(new Uint8Array(16)));
}

// A byte of 250 or more is drawn again, so that each digit is equally likely.
function randomDigit() {
  const [byte] = crypto.getRandomValues(new Uint8Array(1));
  return byte < 250 ? byte % 10 : randomDigit();
}

// Luhn (ISO/IEC 7812-1 annex B): every second digit from the right is doubled.
function luhnSum(digits) {
  const values = [...digits].reverse().map((digit, place) => Number(digit) * (1 + (place % 2)));
  return values.reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0);
}

function luhnValid(pin) {
  return /^[0-9]{16}$/.test(pin) && luhnSum(pin) % 10 === 0;
}

function newPin() {
  const digits = Array.from({ length: 15 }, randomDigit).join("");
  return digits + ((10 - (luhnSum(digits + "0") % 10)) % 10);
}

function groupPin(pin) {
  return pin.replace(/(.{4})(?=.)/g, "$1 ");
}

// RFC 5869 with an empty salt; `purpose` keeps the two keys apart.
async function expandPinKey(root, purpose) {
  const hkdf = {
    name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8("migrasi-aman/1 " + purpose),
  };
  return toBase64url(await crypto.subtle.deriveBits(hkdf, root, 256));
}

// RFC 8018 section 5.2, then HKDF. Takes about a second on a slow phone: the PIN has only
// 50 bits, so guessing must cost something.
async function derivePinKeys(pin, codeSalt) {
  const pbkdf2 = {
    name: "PBKDF2", hash: "SHA-256", salt: fromBase64url(codeSalt), iterations: PIN_ROUNDS,
  };
  const base = await crypto.subtle.importKey("raw", utf8(pin), "PBKDF2", false, ["deriveBits"]);
  const secret = await crypto.subtle.deriveBits(pbkdf2, base, 256);
  const root = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return {
    verifier: await expandPinKey(root, "return verifier"),
    answerKey: await expandPinKey(root, "answer key"),
  };
}

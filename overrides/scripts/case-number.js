// The number to speak of a report: the first 40 bits of SHA-256 of its token in Crockford base32, as
// in K7Q2-9MPA. Ten characters (50 bits) stand where those eight were taken already.
// Needs fromBase64url of sealing.js.

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

async function caseNumber(token, characters) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", fromBase64url(token)));
  const bits = Array.from(hash, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = bits.match(/.{5}/g).slice(0, characters).map((five) => CROCKFORD[parseInt(five, 2)]);
  return letters.join("").replace(/(.{4})(?=.)/g, "$1-");
}

// Finds a handed-over report in text that chats and mail programs have had in their hands: the
// JSON that a phone would have posted, in a file or behind the # of a link. It holds no white
// space and nothing outside ASCII, so what was put between its bytes is taken out again and the
// bytes come back exactly. scripts/intake/handed_over.py does the same.

const TIMES_ENCODED = 4; // a link, and the links that mail programs wrap around it

function joinText(text) {
  const between = /[\s>\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;
  const curly = /[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]|&quot;|&#34;/g;
  return text.replace(/=\r?\n/g, "").replace(between, "").replace(curly, '"');
}

function decodeText(text) {
  let plain = text;
  for (let time = 0; time < TIMES_ENCODED && /%(?:25)*(?:7B|22)/i.test(plain); time += 1) {
    plain = plain.replace(/%([0-7][0-9A-F])/gi, (_, code) => String.fromCharCode(parseInt(code, 16)));
  }
  return plain;
}

// No value of a handed-over report holds a brace, so counting them finds its end.
function objectFrom(text, start) {
  let depth = 0;
  for (let place = start; place < text.length; place += 1) {
    if (text[place] === "{") depth += 1;
    if (text[place] === "}" && (depth -= 1) === 0) return text.slice(start, place + 1);
  }
  return "";
}

function parseObject(body) {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

// Every handed-over report in the text, each once: {body, value}. One cut short has neither.
function findHandedOver(text) {
  const plain = decodeText(joinText(text));
  const found = new Map();
  let end = 0;
  for (const { index } of plain.matchAll(/\{"(?:version|token|language|facts|sealed|return_verifier)":/g)) {
    if (index < end) continue;
    const body = objectFrom(plain, index);
    const value = parseObject(body);
    if (value) end = index + body.length;
    if (value && "token" in value && "sealed" in value) found.set(body, { body, value });
    const cut = !value && /^\{"version":.*"token":/.test(plain.slice(index, index + 200));
    if (cut) found.set("", { body: "", value: null });
  }
  return [...found.values()];
}

// Finds a sealed report and a locked key in what a person pastes: a link, a block, a whole issue, a
// comment, a file. What cannot be found throws an Error whose `code` says why; it carries none of
// the text. Needs sealing.js and handed-over.js.

// The text from one opening brace to its closing one, or null when it never closes.
function balancedFrom(text, start) {
  let depth = 0;
  for (let place = start; place < text.length; place += 1) {
    if (text[place] === "{") depth += 1;
    if (text[place] === "}" && (depth -= 1) === 0) return text.slice(start, place + 1);
  }
  return null;
}

// Mail and chat programs break long lines; no value of a sealed report holds white space.
function parseBlock(block) {
  for (const text of [block, block.replace(/\s+/g, "")]) {
    try {
      return JSON.parse(text);
    } catch {
      // Not JSON in this spelling; the caller hears null when no spelling is.
    }
  }
  return null;
}

function findObjects(text) {
  const found = [];
  for (const { index } of text.matchAll(/\{\s*"/g)) {
    const block = balancedFrom(text, index);
    const value = block && parseBlock(block);
    if (value) found.push(value);
  }
  return found;
}

// The part of a link after `#`, as the tracker writes it, percent-encoded.
function decodeLink(text) {
  const [, encoded] = /#((?:%7B|\{)[^\s()<>"']*)/i.exec(text) || [];
  try {
    return encoded ? decodeURIComponent(encoded) : text;
  } catch {
    throw failure("damaged"); // cut in the middle of a letter
  }
}

// A handed-over report stands for itself: its facts and its token are those of the sending.
function handedOver({ body, value }) {
  return { sealed: value.sealed, facts: value.facts, token: value.token, body };
}

// Takes a link, a block, a whole issue body, a handed-over report or a file's text: {sealed,
// facts, number}, where facts and case number are those of the issue, if it has them. What was
// handed over has `body`, the bytes to file; it is empty when they are not all there.
function findReport(text) {
  if (!text.trim()) throw failure("empty-report");
  const [sent] = findHandedOver(text);
  if (sent?.value) return handedOver(sent);
  const objects = findObjects(text);
  const given = objects.length ? objects : findObjects(decodeLink(text));
  const sealed = given.find((value) => value.recipients);
  if (!sealed) throw failure(/ciphertext|eyJlbmMi/.test(text) ? "damaged" : "not-a-report");
  const facts = (given.find((value) => value.facts) || {}).facts;
  const [, number] = /<!-- intake ([0-9A-Z-]+) -->/.exec(text) || [];
  return { sealed, facts, number, body: sent?.body };
}

// A compact JWE (RFC 7516 section 7.1), with or without the line breaks of a file.
function findKey(text) {
  if (!text.trim()) throw failure("empty-key");
  const compact = /eyJ[\w-]*(?:\.[\w-]+){4}/;
  const [found] = compact.exec(text) || compact.exec(text.replace(/\s+/g, "")) || [];
  if (!found) throw failure("not-a-key");
  return found;
}


// "Apakah kontak ini asli?": compares what is typed with the published list, on this phone. The
// list is fetched when the field is first used; what is typed stays in this page: it is in no
// request, no address and no history entry.

const FEWEST_DIGITS = 3;
const MOST_DIGITS = 18;
const LONG_NUMBER = 9; // shorter numbers are alike by chance
const MOST_NAMES = 5;
const LEAST_SHARE = 0.5; // of what a name says, for "did you mean"
const SAME_SHARE = 0.99;
// Signs that a hand, an eye or a cheat takes for one another.
const AS_DIGIT = { o: "0", q: "0", i: "1", l: "1", "|": "1", "!": "1", z: "2", s: "5", b: "8" };
const AS_LETTER = { 0: "o", 1: "i", l: "i", "|": "i", "!": "i", 3: "e", 4: "a", 5: "s", $: "s", 8: "b" };
// Said of every body or before any name, so they tell nothing apart.
const SAYS_NOTHING = new Set(("paguyuban perkumpulan yayasan lembaga lsm ngo organisasi komunitas kantor "
  + "the of for and in dan di untuk dari from bu pak bapak ibu mas mbak sdr mr mrs ms nomor no number "
  + "association organisation organization foundation office community paralegal hp telp tel telepon "
  + "phone wa whatsapp call hotline").split(" ").map(foldWord));

// ---- what was typed ----------------------------------------------------------------------

function plain(text) {
  const arabic = (digit) => String(digit.charCodeAt(0) & 15);
  return text.normalize("NFKC").replace(/[\u0660-\u0669\u06f0-\u06f9]/g, arabic);
}

function foldWord(word) {
  const bare = word.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return [...bare].map((sign) => AS_LETTER[sign] || sign).join("");
}

function asDigits(token) {
  const signs = token.toLowerCase().replace(/[^a-z0-9|!]/g, "");
  return [...signs].map((sign) => AS_DIGIT[sign] || sign).join("");
}

// A token that may be part of a number: only digits and what looks like them, one digit at least.
function isNumberish(token) {
  return /\d/.test(token) && /^\d+$/.test(asDigits(token)) && !/[^\s\d\p{P}\p{S}a-z]/iu.test(token);
}

// "OOO" after a number goes on with it, and so does "l2S" before more of it; "sis" does not.
function isLikeDigits(token, next) {
  return /^(?=.*o)[oil|]{3,}$/i.test(token) || (/^[oil|!sbz]{1,3}$/i.test(token) && isNumberish(next));
}

// The numbers of a text, each as {digits, abroad}, and the words that are left.
function readTyped(text) {
  const tokens = plain(text).replace(/https?:\/\/|wa\.me\/|tel:/gi, " ").split(/[\s,;:]+/).filter(Boolean);
  const runs = [];
  const words = [];
  let open = false;
  tokens.forEach((token, place) => {
    const between = open && isLikeDigits(token, tokens[place + 1] || "");
    const gap = /^[()+.\-\u2010-\u2015/]+$/.test(token);
    if (isNumberish(token) || between || (gap && (open || token === "+" || token === "("))) {
      if (open) runs[runs.length - 1] += token;
      else runs.push(token);
      open = true;
    } else {
      words.push(token);
      open = false;
    }
  });
  const numbers = runs.map((run) => ({ digits: asDigits(run), abroad: run.includes("+") }));
  return { numbers: numbers.filter(({ digits }) => digits.length >= FEWEST_DIGITS), words: words.join(" ") };
}

// ---- numbers -----------------------------------------------------------------------------

// A published number is "62 2129244800", or "0800-1000" where it has no country's code.
function isSame({ digits, abroad }, number) {
  const [code, national] = number.split(" ");
  if (!national) return !abroad && digits === asDigits(number);
  const full = code + national;
  const before = digits.endsWith(full) ? digits.slice(0, -full.length) : null;
  if (before === "" || /^0\d{1,4}$/.test(before)) return true;
  if (digits === `${code}0${national}`) return true;
  return !abroad && digits.replace(/^0/, "") === national;
}

// Letters or digits to change, add, leave out or swap (optimal string alignment).
function distance(one, other) {
  let before = [];
  let last = [...Array(other.length + 1).keys()];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const differs = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + differs);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[other.length];
}

// Like a published number but not the same: this is how a false one looks.
function isAlike({ digits }, number) {
  const [code, national] = number.split(" ");
  const wanted = national ? code + national : asDigits(number);
  const bare = digits.replace(/^00/, "");
  const forms = national ? [bare, code + bare.replace(/^0/, "")] : [bare];
  const allowed = wanted.length >= LONG_NUMBER ? 2 : 1;
  const longEnough = wanted.length >= LONG_NUMBER - 2;
  return longEnough && forms.some((form) => distance(form, wanted) <= allowed);
}

function lookUpCard({ digits }, index) {
  const found = index.cards.filter(({ number }) => asDigits(number) === digits);
  return found.map((card) => ({ kind: "card", card }));
}

function lookUpNumber(typed, index) {
  const holding = (test, list) => index.entries.flatMap((entry) => entry[list]
    .filter(({ number }) => test(typed, number)).slice(0, 1).map((channel) => ({ entry, channel })));
  const replaced = holding(isSame, "replaced").map((found) => ({ kind: "replaced", ...found }));
  const same = holding(isSame, "numbers").map((found) => ({ kind: "same", ...found }));
  const known = [...lookUpCard(typed, index), ...same, ...replaced];
  if (known.length) return known;
  if (typed.digits.length > MOST_DIGITS) return [{ kind: "unreadable" }];
  const alike = holding(isAlike, "numbers").map((found) => ({ kind: "alike", ...found }));
  return alike.length ? alike.slice(0, 1) : [{ kind: "unknown" }];
}

// ---- e-mail and web addresses --------------------------------------------------------------

function readAddress(text) {
  const found = plain(text).trim().toLowerCase().match(/^(?:https?:\/\/)?(?:www\.)?(\S+\.[a-z]{2,}\S*)$/);
  if (!found || /(^|\/)wa\.me/.test(found[1])) return "";
  return found[1].includes("@") ? found[1] : found[1].split("/")[0];
}

function lookUpAddress(typed, index) {
  const holding = (test) => index.entries.filter(({ addresses }) => addresses.some(test));
  const same = holding((address) => address === typed);
  if (same.length) return same.map((entry) => ({ kind: "same", entry, channel: entry }));
  const alike = holding((address) => distance(address, typed) <= 2);
  return alike.length ? alike.map((entry) => ({ kind: "alike", entry })) : [{ kind: "unknown" }];
}

// ---- names -------------------------------------------------------------------------------

function readWords(text) {
  const words = plain(text).split(/[^\p{L}\p{N}|!$]+/u).filter(Boolean).map(foldWord);
  return words.filter((word) => !SAYS_NOTHING.has(word));
}

function allowedMistakes(word) {
  if (word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}

function isNear(word, known) {
  if (word === known || (word.length > 3 && known.startsWith(word))) return true;
  const most = Math.min(allowedMistakes(word), allowedMistakes(known));
  return Math.abs(word.length - known.length) <= most && distance(word, known) <= most;
}

// Each name as its words, and as one word: "Kabar Bumi", "kabarbumi" and, of long ones, initials.
function readNames(names) {
  return names.map((name) => {
    const words = readWords(name);
    const first = words.length > 2 ? words.map((word) => word[0]).join("") : "";
    return { words, whole: words.join(""), first };
  });
}

function readIndex({ entries, cards }) {
  const read = entries.map((entry) => ({ ...entry, known: readNames(entry.names) }));
  const vocabulary = new Map();
  for (const { known } of read) {
    const words = new Set(known.flatMap((name) => name.words));
    for (const word of words) vocabulary.set(word, (vocabulary.get(word) || 0) + 1);
  }
  return { entries: read, cards, vocabulary };
}

// How much a word says: the fewer names hold it, the more.
function says(word, { entries, vocabulary }) {
  const near = [...vocabulary.keys()].filter((known) => isNear(word, known));
  const held = Math.max(1, ...near.map((known) => vocabulary.get(known)));
  return Math.log(1 + entries.length / held);
}

// How much of what was typed a name answers, and how much of the name that is, each from 0 to 1.
function compare(typed, weights, { words, whole, first }) {
  const joined = typed.join("");
  if (joined.length > 2 && (isNear(joined, whole) || joined === first)) {
    return { share: 1, cover: joined !== first && joined !== whole && whole.startsWith(joined) ? 0.5 : 1 };
  }
  const met = typed.map((word) => words.some((known) => isNear(word, known)));
  const sum = (numbers) => numbers.reduce((one, other) => one + other, 0);
  const share = sum(weights.filter((_, place) => met[place])) / sum(weights);
  return { share, cover: met.filter(Boolean).length / words.length };
}

function best(comparisons) {
  return comparisons.reduce((one, other) => (other.share > one.share
    || (other.share === one.share && other.cover > one.cover) ? other : one), { share: 0, cover: 0 });
}

// A name beside its false friends.
function lookUpName(text, index) {
  const typed = readWords(text);
  if (typed.join("").length < 2) return text.trim() ? [{ kind: "vague" }] : [];
  const weights = typed.map((word) => says(word, index));
  const among = (names) => best(names.map((name) => compare(typed, weights, name)));
  const confused = index.entries.flatMap((entry) => entry.confused
    .map((other) => ({ kind: "confused", entry, other, ...among(readNames([other.name])) })));
  const named = index.entries.map((entry) => ({ kind: "named", entry, ...among(entry.known) }));
  return chosen(named, confused.filter(({ share }) => share >= SAME_SHARE));
}

// Those that bear the name; of many only those that bear nothing else.
function chosen(named, confused) {
  const ordered = named.sort((one, other) => other.share - one.share || other.cover - one.cover);
  const same = ordered.filter(({ share }) => share >= SAME_SHARE);
  const whole = same.filter(({ cover }) => cover === 1);
  const few = same.length > MOST_NAMES ? whole : same;
  if (few.length > MOST_NAMES || (same.length && !few.length)) return [{ kind: "vague" }];
  // The card of a body names its false friends already.
  const others = confused.filter(({ entry }) => few.every((one) => one.entry !== entry));
  if (few.length || others.length) return [...few, ...others];
  const near = ordered.filter(({ share }) => share >= LEAST_SHARE);
  if (!near.length || near.length > MOST_NAMES) return [{ kind: "unknown" }];
  return near.map((one) => ({ ...one, kind: "maybe" }));
}

// ---- everything at once ------------------------------------------------------------------

// What can be said of a text, the surest first. Each answer names its kind.
function lookUp(text, index) {
  const address = readAddress(text);
  if (address) return lookUpAddress(address, index);
  const { numbers, words } = readTyped(text);
  const names = readWords(words).length ? lookUpName(words, index) : [];
  const answers = numbers.flatMap((number) => lookUpNumber(number, index));
  if (!numbers.length) return lookUpName(text, index);
  return [...answers, ...names.filter(({ kind }) => kind === "named" || kind === "confused")];
}

// ---- the page ------------------------------------------------------------------------------

const element = (id) => document.getElementById(id);

let settings;
let loading = null; // the promised list, once the field was used

async function fetchIndex() {
  const answer = await fetch(settings.index, { credentials: "omit" });
  if (!answer.ok) throw new Error("the list was not found");
  return readIndex(await answer.json());
}

// A failed loading is forgotten, so that the next press tries again.
function load() {
  loading = loading || fetchIndex().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

function part(tag, text, name) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function link(path, text) {
  const made = part("a", text, "other");
  made.href = settings.root + path;
  return made;
}

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] || "");

// The answer as a person reads it; what the one before it said already is not said again.
function shown({ kind, entry, channel, other, card }, place, answers) {
  if (kind === "card") return shownCard(card);
  const { title, text } = settings.words[kind];
  const item = part("li", "", `card ${settings.looks[kind] || ""}`);
  const values = entry && { name: entry.name, other: other && other.name, ...channel };
  item.append(part("p", filled(title, values || {}), "name"));
  if (!place || answers[place - 1].kind !== kind) item.append(part("p", filled(text, values || {})));
  if (!entry) return item;
  if (kind === "confused") item.append(part("p", other.why));
  else if (kind !== "same" || !channel.shown) item.append(...numbersOf(entry));
  if (kind === "replaced" && channel.note) item.append(part("p", channel.note, "note"));
  if (channel && channel.checked && kind === "same") item.append(part("p", channel.checked, "fresh"));
  for (const one of kind === "confused" ? [] : entry.confused) {
    item.append(part("p", filled(settings.words.beware, { other: one.name, why: one.why }), "note"));
  }
  item.append(link(entry.path, filled(settings.words.open, values)));
  return item;
}

function numbersOf({ numbers }) {
  if (!numbers.length) return [part("p", settings.words.numberless, "note")];
  const list = numbers.map(({ shown: number }) => number).join(" · ");
  return [part("p", filled(settings.words.numbers, { list }), "note")];
}

function shownCard(card) {
  const item = part("li", "", "card");
  item.append(part("p", settings.words.card.title, "name"), part("p", settings.words.card.text));
  item.append(link(card.path, settings.words.card.open));
  return item;
}

async function check(event) {
  event.preventDefault();
  const { value } = element("lookup-field");
  const list = element("lookup-answers");
  list.textContent = "";
  if (!value.trim()) return say(settings.words.empty);
  if (!loading) say(settings.words.loading);
  try {
    const answers = lookUp(value, await load());
    say(settings.words.found);
    list.append(...answers.map(shown));
    element("lookup-asks").hidden = false;
    // Takes the phone's keyboard away, which would cover the answer.
    element("lookup-button").focus();
    element("lookup-result").scrollIntoView();
  } catch {
    say(settings.words.failed);
  }
}

function say(text) {
  element("lookup-status").textContent = text;
}

// What was answered belongs to what was typed then.
function forget() {
  element("lookup-answers").textContent = "";
  element("lookup-asks").hidden = true;
  say("");
}

function start() {
  settings = JSON.parse(element("lookup-settings").textContent);
  element("lookup-field").addEventListener("focus", () => load().catch(() => {}));
  element("lookup-field").addEventListener("input", forget);
  element("lookup").addEventListener("submit", check);
  for (const control of element("lookup").querySelectorAll(":disabled")) control.disabled = false;
}

if (document.getElementById("lookup")) start();

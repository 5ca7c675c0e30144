// Finds pages while words are typed. The index is fetched when the field is first used; what is
// typed stays in this page: it is in no request, no address and no history entry.

// How much a match counts: the word itself, another word for it, its beginning, a mistyped word.
const EXACT = 6;
const SAME = 4;
const BEGUN = 4;
const MISTYPED = 3;
const LONGEST_PHRASE = 3;
const MOST_RESULTS = 12;
const LEAST_SHARE = 0.2;
const SHORTEST_ROOT = 2;

// ---- the index, as scripts/content/search.py writes it ---------------------------------

// Base 45, smallest digit first; a sign 45 higher says that another digit follows.
function readNumbers(text) {
  const numbers = [];
  let value = 0;
  let place = 1;
  for (let i = 0; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 35;
    value += (digit % 45) * place;
    place *= 45;
    if (digit < 45) {
      numbers.push(value);
      value = 0;
      place = 1;
    }
  }
  return numbers;
}

// Each root begins with a capital: how many letters it shares with the one before.
function readRoots(text) {
  let last = "";
  return (text.match(/[A-Z][^A-Z]*/g) || []).map((part) => {
    last = last.slice(0, part.charCodeAt(0) - 65) + part.slice(1);
    return last;
  });
}

// Postings by root: a Map from page number to how strongly the page holds the root.
function readPostings({ roots, counts, gaps, strengths }) {
  const steps = readNumbers(gaps);
  const levels = readNumbers(strengths);
  const sizes = readNumbers(counts);
  let place = 0;
  return new Map(readRoots(roots).map((root, number) => {
    const pages = new Map();
    let page = -1;
    for (const end = place + sizes[number]; place < end; place += 1) {
      page += steps[place] + 1;
      pages.set(page, levels[place]);
    }
    return [root, pages];
  }));
}

// Every word or phrase of a group leads to all of the group.
function readSame(groups) {
  const same = new Map();
  for (const group of groups) {
    const members = group.split(",");
    for (const member of members) same.set(member, [...(same.get(member) || []), ...members]);
  }
  return same;
}

function readIndex(content) {
  const { prefixes, suffixes, exceptions, common, same } = content.words;
  return {
    pages: content.pages,
    postings: readPostings(content),
    prefixes: Object.entries(prefixes),
    suffixes: Object.entries(suffixes),
    exceptions: new Map(Object.entries(exceptions)),
    common: new Set(common),
    same: readSame(same),
  };
}

// ---- a word and its root -----------------------------------------------------------------

function splitWords(text) {
  const plain = text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  return plain.match(/[a-z0-9]{2,}/g) || [];
}

// What is left of a word when affixes are taken off, fewest first. The set grows as it is walked.
function formsOf(word, { prefixes, suffixes }) {
  const forms = new Set([word]);
  const add = (form) => form.length >= SHORTEST_ROOT && forms.add(form);
  for (const form of forms) {
    for (const [affix, instead] of suffixes) {
      const rest = form.slice(0, -affix.length);
      if (form.endsWith(affix)) instead.forEach((end) => add(rest + end));
    }
    for (const [affix, instead] of prefixes) {
      const rest = form.slice(affix.length);
      if (form.startsWith(affix)) instead.forEach((start) => add(start + rest));
    }
  }
  return [...forms];
}

// The root of a word; "" for a word that says nothing, undefined for an unknown one.
function rootOf(word, index) {
  if (index.exceptions.has(word)) return index.exceptions.get(word);
  return formsOf(word, index).find((form) => index.postings.has(form) || index.same.has(form));
}

// ---- mistyped words ------------------------------------------------------------------------

// Letters to change, add, leave out or swap (optimal string alignment).
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

function allowedMistakes(word) {
  if (word.length < 4) return 0;
  return word.length < 8 ? 1 : 2;
}

// Cheap, and true of nearly all words that are within reach: it spares slow phones the rest.
function mayBeNear(one, other) {
  const start = other.slice(0, 2);
  const near = Math.abs(one.length - other.length) <= allowedMistakes(one);
  return near && (start.includes(one[0]) || start.includes(one[1]));
}

// How far a known word is from the nearest form that may be mistaken for it.
function mistakesTo(known, forms) {
  const close = forms.filter((form) => mayBeNear(form, known));
  const counts = close.map((form) => [distance(form, known), allowedMistakes(form)]);
  return Math.min(...counts.map(([count, most]) => (count <= most ? count : Infinity)), Infinity);
}

// The roots with the fewest mistakes to any form of the word.
function nearest(word, index) {
  const { postings, same, exceptions } = index;
  const forms = formsOf(word, index).filter(allowedMistakes);
  const known = [...new Set([...postings.keys(), ...same.keys(), ...exceptions.keys()])];
  const mistakes = known.map((other) => mistakesTo(other, forms));
  const fewest = Math.min(...mistakes);
  const found = known.filter((_, place) => fewest < Infinity && mistakes[place] === fewest);
  return found.map((other) => exceptions.get(other) || other);
}

// ---- what a query asks for: for each of its words, roots or phrases that would do ----------

function others(member, index, weight) {
  const same = (index.same.get(member) || []).filter((other) => other !== member);
  return same.map((other) => ({ roots: other.split(" "), weight: weight * SAME / EXACT }));
}

function withOthers(member, index, weight) {
  return [{ roots: member.split(" "), weight }, ...others(member, index, weight)];
}

function begunWith(word, index) {
  const roots = [...index.postings.keys()].filter((root) => root.startsWith(word));
  return roots.map((root) => ({ roots: [root], weight: BEGUN }));
}

function choicesFor({ word, root, open }, index) {
  const begun = open ? begunWith(word, index) : [];
  if (root) return [...withOthers(root, index, EXACT), ...begun];
  if (begun.length) return begun;
  return nearest(word, index).flatMap((near) => withOthers(near, index, MISTYPED));
}

function phraseAt(terms, start, index) {
  for (let length = LONGEST_PHRASE; length > 1; length -= 1) {
    const phrase = terms.slice(start, start + length).map(({ root }) => root).join(" ");
    if (start + length <= terms.length && index.same.has(phrase)) return { phrase, length };
  }
  return null;
}

// The last word is still open while nothing stands behind it.
function readTerms(query, index) {
  const words = splitWords(query);
  const closed = /[^\p{L}\p{N}]$/u.test(query);
  const terms = words.map((word, place) => ({
    word, root: rootOf(word, index), open: !closed && place === words.length - 1,
  }));
  return terms.filter(({ root }) => root !== "");
}

function wantedAt(terms, start, index) {
  const single = { phrase: terms[start].root, length: 1 };
  const { phrase, length } = phraseAt(terms, start, index) || single;
  const choices = length > 1 ? withOthers(phrase, index, EXACT) : choicesFor(terms[start], index);
  return { choices, length, common: index.common.has(phrase) };
}

// What the whole site is about says something only where nothing else was typed.
function readQuery(query, index) {
  const terms = readTerms(query, index);
  const wanted = [];
  for (let start = 0; start < terms.length; start += wanted[wanted.length - 1].length) {
    wanted.push(wantedAt(terms, start, index));
  }
  const telling = wanted.filter(({ common }) => !common);
  return telling.length ? telling : wanted;
}

// ---- ranking --------------------------------------------------------------------------------

// BM25's measure of how rare a word is (Robertson and Zaragoza 2009, section 3.1).
function rarity(found, pages) {
  return Math.log(1 + (pages - found + 0.5) / (found + 0.5));
}

// A phrase is as strong on a page as its weakest word.
function strengths({ roots, weight }, index) {
  const postings = roots.map((root) => index.postings.get(root) || new Map());
  const shared = [...postings[0].keys()].filter((page) => postings.every((one) => one.has(page)));
  return shared.map((page) => [page, weight * Math.min(...postings.map((one) => one.get(page)))]);
}

function sum(numbers) {
  return numbers.reduce((one, other) => one + other, 0);
}

// The best choice of each page for one wanted word or phrase, and how much that word says: a
// page that only touches it counts as part of a page when it is asked how rare the word is.
function answer({ choices, length }, index) {
  const pages = new Map();
  for (const [page, strength] of choices.flatMap((choice) => strengths(choice, index))) {
    pages.set(page, Math.max(strength, pages.get(page) || 0));
  }
  const strong = [...pages.values()];
  const found = sum(strong) / Math.max(...strong);
  return { pages, says: length * rarity(found, index.pages) };
}

// A page that answers only some of the words counts for as much as those words say.
function score(page, answers) {
  const given = answers.filter(({ pages }) => pages.has(page));
  const share = sum(given.map(({ says }) => says)) / sum(answers.map(({ says }) => says));
  return share * sum(given.map(({ pages, says }) => pages.get(page) * says));
}

// Page numbers, best first, without those that only touch what was asked.
function search(query, index) {
  const answers = readQuery(query, index).map((wanted) => answer(wanted, index));
  const found = answers.filter(({ pages }) => pages.size);
  const pages = [...new Set(found.flatMap((one) => [...one.pages.keys()]))];
  const scores = new Map(pages.map((page) => [page, score(page, found)]));
  pages.sort((one, other) => scores.get(other) - scores.get(one) || one - other);
  const least = scores.get(pages[0]) * LEAST_SHARE;
  return pages.filter((page) => scores.get(page) >= least).slice(0, MOST_RESULTS);
}

// ---- the page ------------------------------------------------------------------------------

const element = (id) => document.getElementById(id);

let settings;
let entries;
let loading = null; // the promised index, once the field was used

async function fetchIndex() {
  const answer = await fetch(settings.index, { credentials: "omit" });
  if (!answer.ok) throw new Error("the index was not found");
  return readIndex(await answer.json());
}

// A failed loading is forgotten, so that the next letter tries again.
function load() {
  loading = loading || fetchIndex().catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

function show(pages, message) {
  const found = pages.map((page) => entries[page].cloneNode(true));
  const list = element("search-results").querySelector("ul");
  list.textContent = "";
  list.append(...found);
  element("search-results").hidden = !found.length;
  element("search-pages").hidden = found.length > 0;
  element("search-status").textContent = message;
}

function told(count) {
  if (!count) return settings.none;
  return count === 1 ? settings.one : settings.many.replace("{count}", count);
}

async function find() {
  const { value } = element("search-field");
  if (!splitWords(value).length) {
    show([], "");
    return;
  }
  if (!loading) element("search-status").textContent = settings.loading;
  try {
    const pages = search(value, await load());
    if (value === element("search-field").value) show(pages, told(pages.length));
  } catch {
    show([], settings.failed);
  }
}

// Enter leads to the first result, and takes the phone's keyboard away.
async function submit(event) {
  event.preventDefault();
  await find();
  const first = element("search-results").querySelector("a");
  if (first) first.focus();
}

// The index numbers pages in the order of their addresses.
function byAddress(one, other) {
  const [here, there] = [one, other].map((entry) => entry.querySelector("a").href);
  return here < there ? -1 : 1;
}

function start() {
  settings = JSON.parse(element("search-settings").textContent);
  entries = [...element("search-pages").querySelectorAll(".pages li")].sort(byAddress);
  element("search-field").addEventListener("focus", () => load().catch(() => {}));
  element("search-field").addEventListener("input", find);
  element("search").addEventListener("submit", submit);
  element("search-field").disabled = false;
}

if (document.getElementById("search")) start();

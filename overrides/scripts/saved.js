// The copy of one language's pages that a person asked for: kept in one cache of the browser.
// A cache without its facts is half written and counts as nothing. Both the page that saves and
// the service worker that shows the copy are made with this part.

const SAVED_FACTS = "saved.json"; // no such page: it is only a place in the cache
const TYPES = { js: "text/javascript", json: "application/json" };

// An origin may hold several sites, each under a path of its own.
const savedPrefix = (root, language) => `migrasi-aman ${root} ${language ? language + " " : ""}`;

async function savedNames(root, language) {
  const names = await caches.keys();
  return names.filter((name) => name.startsWith(savedPrefix(root, language)));
}

async function readSavedFacts(root, language) {
  for (const name of await savedNames(root, language)) {
    const facts = await (await caches.open(name)).match(root + SAVED_FACTS);
    if (facts) return facts.json();
  }
  return null;
}

async function getJson(address, cache) {
  const answer = await fetch(address, { cache, credentials: "omit" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

function getOffer(root) {
  return getJson(root + "unduh/tanpa-internet.json", "no-cache");
}

// Lines that several files share stand once in the bundle, and files name them by number.
function unpack(path, parts, shared) {
  const text = parts.map((part) => (typeof part === "number" ? shared[part] : part)).join("");
  const type = TYPES[path.split(".").pop()] || "text/html";
  return new Response(text, { headers: { "Content-Type": type + "; charset=utf-8" } });
}

async function saveCopy(root, language, facts) {
  const { shared, files } = await getJson(root + facts.file, "default");
  const name = savedPrefix(root, language) + facts.file;
  const cache = await caches.open(name);
  for (const [path, parts] of Object.entries(files)) {
    await cache.put(root + path, unpack(path, parts, shared));
  }
  await cache.put(root + SAVED_FACTS, new Response(JSON.stringify(facts)));
  const others = (await savedNames(root, language)).filter((other) => other !== name);
  await Promise.all(others.map((other) => caches.delete(other)));
}

async function removeCopies(root) {
  const names = await savedNames(root);
  await Promise.all(names.map((name) => caches.delete(name)));
}

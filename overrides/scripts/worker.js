// Shows saved pages when there is no network, and renews the copy when there is. It keeps
// nothing that was not asked for, and never touches the pages in OUTSIDE, which the build writes
// above: the form, the reader and the receiver.

const root = registration.scope;
const PATIENCE = 4000; // milliseconds before a saved page is better than a slow one
const SERVER_FAILED = 500;
let isRenewed = false;

function concerns({ method, mode, url }) {
  if (method !== "GET" || !url.startsWith(root)) return false;
  const path = url.slice(root.length);
  if (OUTSIDE.some((outside) => path.startsWith(outside))) return false;
  return mode === "navigate" || path.startsWith("assets/");
}

async function find(request) {
  for (const name of await savedNames(root)) {
    const copy = await (await caches.open(name)).match(request, { ignoreSearch: true });
    if (copy) return copy;
  }
  return null;
}

const wait = () => new Promise((resolve) => setTimeout(resolve, PATIENCE, null));

async function answer(request) {
  const fresh = fetch(request);
  const copy = await find(request);
  if (!copy) return fresh;
  const first = await Promise.race([fresh.catch(() => null), wait()]);
  return first && first.status < SERVER_FAILED ? first : copy;
}

async function renew() {
  if (isRenewed) return;
  const offer = await getOffer(root);
  isRenewed = true;
  for (const [language, facts] of Object.entries(offer)) {
    const saved = await readSavedFacts(root, language);
    if (saved && saved.file !== facts.file) await saveCopy(root, language, facts);
  }
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (!concerns(event.request)) return;
  event.respondWith(answer(event.request));
  // Without a network there is nothing to renew with; the next page tries again.
  if (event.request.mode === "navigate") event.waitUntil(renew().catch(() => {}));
});

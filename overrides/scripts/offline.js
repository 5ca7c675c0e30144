// "Simpan untuk dibaca tanpa internet": saves all pages of one language when asked, and removes
// them when asked. Needs saved.js. Without a service worker the page says so and nothing else.

const offlineSettings = JSON.parse(document.getElementById("offline-settings").textContent);
const { words: offlineWords, language: offlineLanguage } = offlineSettings;
const offlineRoot = new URL(offlineSettings.root, location.href).href;
const offlineButtons = {
  save: document.getElementById("offline-save"),
  remove: document.getElementById("offline-remove"),
};

function tellOffline(word, facts = {}) {
  const date = facts.checked && new Date(facts.checked).toLocaleDateString(offlineLanguage, {
    day: "numeric", month: "long", year: "numeric", timeZone: "UTC",
  });
  const values = { ...facts, date };
  const text = offlineWords[word].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  document.getElementById("offline-state").textContent = text;
}

// A site above this one, on the same origin, may have a worker of its own.
async function findWorker() {
  const registration = await navigator.serviceWorker.getRegistration(offlineRoot);
  return registration && registration.scope === offlineRoot ? registration : null;
}

async function isAnythingSaved() {
  return (await savedNames(offlineRoot)).length > 0;
}

async function showOffline() {
  const saved = await readSavedFacts(offlineRoot, offlineLanguage);
  offlineButtons.remove.parentElement.hidden = !(await isAnythingSaved());
  offlineButtons.save.lastElementChild.textContent = saved ? offlineWords.again : offlineWords.save;
  if (saved) tellOffline("saved", saved);
  return saved;
}

async function offerOffline() {
  if (await showOffline()) return;
  tellOffline("offer", (await getOffer(offlineRoot))[offlineLanguage]);
}

async function saveOffline() {
  tellOffline("saving");
  const offer = await getOffer(offlineRoot);
  await saveCopy(offlineRoot, offlineLanguage, offer[offlineLanguage]);
  await navigator.serviceWorker.register(offlineRoot + "worker.js", { scope: offlineRoot });
  await showOffline();
}

async function removeOffline() {
  const registration = await findWorker();
  if (registration) await registration.unregister();
  await removeCopies(offlineRoot);
  await showOffline();
  tellOffline("removed");
}

// A failed saving leaves no half copy, and no copy that no service worker would show.
async function tryOffline(action) {
  for (const button of Object.values(offlineButtons)) button.disabled = true;
  try {
    await action();
  } catch {
    await forgetUseless();
    tellOffline("failed");
  } finally {
    for (const button of Object.values(offlineButtons)) button.disabled = false;
  }
}

async function forgetUseless() {
  const isWhole = await readSavedFacts(offlineRoot, offlineLanguage);
  if (isWhole && (await findWorker())) return;
  const names = await savedNames(offlineRoot, offlineLanguage);
  await Promise.all(names.map((name) => caches.delete(name)));
}

if (navigator.serviceWorker && window.caches) {
  document.getElementById("offline-unable").hidden = true;
  document.getElementById("offline-able").hidden = false;
  offlineButtons.save.addEventListener("click", () => tryOffline(saveOffline));
  offlineButtons.remove.addEventListener("click", () => tryOffline(removeOffline));
  offerOffline().catch(() => tellOffline("failed"));
}

// "Dengarkan": the phone reads the page aloud with a voice of its own. A voice that would send
// the text to somebody's server is never used; where the phone has no other, no button appears.

const listenBox = document.querySelector(".listen");
const LISTEN_BLOCKS = "h1, h2, h3, p, li, dt, dd, th, td, blockquote";
const LISTEN_SKIPS = ".checked, .listen, .share, .sources, .fresh, [hidden], svg";

// Android writes id_ID, and before version 5 the code of old, in_ID.
function listenVoice() {
  const { lang } = document.documentElement;
  const codes = lang === "id" ? ["id", "in"] : [lang];
  return speechSynthesis.getVoices().find(
    (voice) => voice.localService && codes.includes(voice.lang.slice(0, 2).toLowerCase()),
  );
}

// One text for each block: browsers stop in the middle of long ones.
function listenTexts() {
  const texts = new Map();
  const nodes = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const { data, parentElement } = nodes.currentNode;
    const block = parentElement.closest(LISTEN_BLOCKS);
    if (block && !parentElement.closest(LISTEN_SKIPS)) texts.set(block, (texts.get(block) || "") + data);
  }
  return [...texts.values()].filter((text) => text.trim());
}

function listenShow(label) {
  listenBox.querySelector("span").textContent = listenBox.dataset[label];
}

function listenStart() {
  const utterances = listenTexts().map((text) => new SpeechSynthesisUtterance(text));
  for (const utterance of utterances) {
    utterance.voice = listenVoice();
    utterance.lang = utterance.voice.lang;
    speechSynthesis.speak(utterance);
  }
  utterances.pop().onend = () => listenShow("start");
  listenShow("stop");
}

function listenStop() {
  speechSynthesis.cancel();
  listenShow("start");
}

// The list of voices may come late.
function listenOffer() {
  listenBox.hidden = !listenVoice();
}

if (listenBox && window.speechSynthesis) {
  listenBox.querySelector("button").addEventListener("click", () => {
    if (speechSynthesis.speaking) listenStop();
    else listenStart();
  });
  speechSynthesis.addEventListener("voiceschanged", listenOffer);
  addEventListener("pagehide", listenStop);
  listenOffer();
}

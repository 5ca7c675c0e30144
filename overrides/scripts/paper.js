// Letters and sheets: what is typed fills the gaps of the paper below, to be printed, copied or
// saved by the phone. It stands in its fields and on the paper, nowhere else; nothing is sent,
// and all of it goes when the page is left.

const asks = document.querySelector(".asks");
const paper = document.querySelector(".paper");
const happened = paper.querySelector(".happened");
const eventList = asks.querySelector(".events");
const blankEvent = happened && happened.firstElementChild.cloneNode(true);
const paperWords = asks.dataset;
const LONG_GAP_DAYS = 60;

const eventsAsked = () => (eventList ? [...eventList.children] : []);
const typedIn = (place, name) => place.querySelector(`[data-for="event-${name}"]`).value.trim();

function fillGaps() {
  for (const gap of paper.querySelectorAll("[data-gap]")) {
    gap.textContent = asks.querySelector(`[data-for="${gap.dataset.gap}"]`).value.trim();
  }
}

function tellEvent(asked) {
  const told = blankEvent.cloneNode(true);
  for (const part of told.querySelectorAll("b")) {
    part.textContent = typedIn(asked, part.dataset.event);
  }
  return told;
}

function addEvent() {
  eventList.append(asks.querySelector("template").content.cloneNode(true));
  numberEvents();
}

function numberEvents() {
  eventsAsked().forEach((asked, at) => {
    asked.querySelector("legend b").textContent = at + 1;
  });
}

// "3-2-2025", "3 Februari 2025", "Feb 2025", "2025": people remember months, or years.
function dayOf(text) {
  const found = text.toLowerCase().match(/(?:(\d{1,2})[\s./-]+)?(?:(\d{1,2}|\p{L}{3,})[\s./-]+)?(\d{4})/u);
  if (!found) return null;
  const [, day, month, year] = found;
  const at = monthNumber(month || "1");
  return at && { days: Date.UTC(year, at - 1, day || 1) / 864e5, rough: !day };
}

function monthNumber(word) {
  if (/^\d/.test(word)) return word >= 1 && word <= 12 ? +word : 0;
  const names = paperWords.months.split(" ");
  return names.findIndex((name) => name.toLowerCase().slice(0, 3) === word.slice(0, 3)) + 1;
}

function lackingIn(asked, number) {
  const empty = [...asked.querySelectorAll("[data-for]")].filter((field) => !field.value.trim());
  const names = empty.map((field) => field.parentNode.firstChild.textContent.trim().toLowerCase());
  if (!names.length) return [];
  return [paperWords.lacks.replace("{number}", number).replace("{what}", names.join(", "))];
}

function betweenEvents(events) {
  const told = [];
  let before = null;
  events.forEach((asked, at) => {
    const day = dayOf(typedIn(asked, "date"));
    if (!day) return;
    const days = before && day.days - before.days;
    const say = (words) => told.push(words.replace("{a}", before.number).replace("{b}", at + 1));
    if (before && days < 0 && !(day.rough || before.rough)) say(paperWords.order);
    if (before && days > LONG_GAP_DAYS) {
      say(paperWords.gap.replace("{months}", Math.round(days / 30)));
    }
    before = { ...day, number: at + 1 };
  });
  return told;
}

function pointOut() {
  const box = asks.querySelector(".admonition");
  if (!box) return;
  const events = eventsAsked().filter((asked) => [...asked.querySelectorAll("[data-for]")].some((f) => f.value.trim()));
  const found = [...events.flatMap((asked, at) => lackingIn(asked, at + 1)), ...betweenEvents(events)];
  const shown = found.length ? found : [paperWords.whole];
  box.hidden = !events.length;
  box.lastChild.replaceChildren(
    ...shown.map((sentence) => {
      const line = document.createElement("li");
      line.textContent = sentence;
      return line;
    }),
  );
}

function showPaper() {
  fillGaps();
  if (happened) happened.replaceChildren(...eventsAsked().map(tellEvent));
}

function sortEvents() {
  const day = (asked) => {
    const found = dayOf(typedIn(asked, "date"));
    return found ? found.days : Infinity;
  };
  eventList.append(...eventsAsked().sort((a, b) => (day(a) > day(b)) - (day(a) < day(b))));
  numberEvents();
}

// A gap that nobody filled is a line to write on, on paper and in the copied text alike.
function paperText() {
  const copy = paper.cloneNode(true);
  for (const gap of copy.querySelectorAll("b:empty")) gap.textContent = "....................";
  return [...copy.querySelectorAll("h3, h4, p, span")]
    .map((part) => part.textContent.trim())
    .join("\n\n");
}

function saveText() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([paperText()], { type: "text/plain" }));
  link.download = paperWords.file + ".txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function copyText() {
  const told = asks.querySelector(".told");
  navigator.clipboard.writeText(paperText()).then(() => {
    told.textContent = paperWords.copied;
  });
}

function clearPaper() {
  asks.reset();
  if (eventList) {
    eventList.textContent = "";
    addEvent();
  }
  asks.querySelector(".told").textContent = "";
  showPaper();
  pointOut();
}

const paperActs = {
  add() {
    addEvent();
    eventList.lastElementChild.querySelector("[data-for]").focus();
  },
  drop(button) {
    button.closest("fieldset").remove();
    if (!eventsAsked().length) addEvent();
    numberEvents();
    eventList.querySelector("[data-for]").focus();
  },
  sort: sortEvents,
  print: () => print(),
  copy: copyText,
  save: saveText,
  clear() {
    clearPaper();
    asks.scrollIntoView();
  },
};

asks.addEventListener("click", ({ target }) => {
  const act = target.dataset.act;
  if (!act) return;
  paperActs[act](target);
  showPaper();
  pointOut();
});
asks.addEventListener("input", showPaper);
asks.addEventListener("change", pointOut);
asks.addEventListener("submit", (event) => event.preventDefault()); // nothing is sent
addEventListener("pagehide", clearPaper);
asks.hidden = false;
clearPaper();

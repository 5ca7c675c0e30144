// "Apakah tawaran ini mencurigakan?" and "Surat apa yang masih kurang?": makes questions of a
// list and gathers the reasons of what was marked. Answers stand in their fields and nowhere
// else; they go when the page is left, so "back" does not bring them again.

const checkForm = document.querySelector(".check");
const checkAll = (selector) => [...checkForm.querySelectorAll(selector)];
const checkPoints = checkAll("[data-point]");

// What is not answered is as open as what is not known.
function checkAnswer(point) {
  const chosen = point.querySelector(":checked");
  return chosen ? chosen.value : "open";
}

// A sign gives its reason once it is answered; a paper says how to get it until it is there.
function followCheck(point) {
  const waits = point.dataset.point && !point.querySelector(":checked");
  point.querySelector("p").hidden = waits || checkAnswer(point) === "clear";
}

// The outcomes stand gravest first: strengths of what was marked, then open, then clear.
function checkOutcome() {
  const found = checkPoints.map((point) => {
    const answer = checkAnswer(point);
    return answer === "marked" ? point.dataset.point : answer;
  });
  return checkAll("[data-when]").find(({ dataset }) => found.includes(dataset.when));
}

function copyOfCheck(point) {
  const copy = document.createElement("li");
  for (const part of point.children) {
    if (part.className !== "answers") copy.append(part.cloneNode(true));
  }
  copy.lastChild.hidden = false;
  return copy;
}

function listCheck(section, shown) {
  const found = checkPoints.filter((point) => shown && checkAnswer(point) === section.dataset.list);
  const list = section.lastChild;
  list.textContent = "";
  list.append(...found.map(copyOfCheck));
  section.hidden = !found.length;
}

function showCheck(shown) {
  const outcome = shown && checkOutcome();
  checkForm.classList.toggle("shown", shown);
  for (const part of checkAll(".after")) part.hidden = !shown;
  for (const one of checkAll("[data-when]")) one.hidden = one !== outcome;
  for (const section of checkAll("section")) listCheck(section, shown);
}

function forgetCheck() {
  checkForm.reset();
  checkPoints.forEach(followCheck);
  showCheck(false);
}

function askCheck(point, number) {
  const answers = document.createElement("div");
  answers.className = "answers";
  answers.setAttribute("role", "group");
  answers.setAttribute("aria-label", point.firstChild.textContent);
  answers.append(checkForm.querySelector("template").content.cloneNode(true));
  for (const input of answers.querySelectorAll("input")) input.name = "answer-" + number;
  point.insertBefore(answers, point.lastChild);
}

checkPoints.forEach(askCheck);
checkForm.classList.add("asking");
for (const part of checkAll(".act")) part.hidden = false;
checkForm.addEventListener("change", (event) => {
  followCheck(event.target.closest("li"));
  if (checkForm.classList.contains("shown")) showCheck(true);
});
checkForm.addEventListener("submit", (event) => {
  event.preventDefault(); // nothing is sent, and no answer enters the address
  showCheck(true);
  document.getElementById("result").scrollIntoView();
});
checkForm.querySelector("[type=button]").addEventListener("click", () => {
  forgetCheck();
  checkForm.scrollIntoView();
});
addEventListener("pagehide", forgetCheck);
forgetCheck();

// Hands sealed text on without a request: by the clipboard, by WhatsApp, by the phone's own share
// sheet, or as a file. Needs byId and words of laying-out.js.

const LONGEST_LINK = 8000; // characters; chats cut longer ones or do not make them links

// Where a browser does not let a page copy, the text is selected for the person to do it.
async function copyBox(box, status) {
  box.focus();
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
    status.textContent = words.answer_copied;
  } catch {
    status.textContent = words.answer_select;
  }
}

// Buttons with data-copy name the box they copy; the line behind them says what happened.
function listenForCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const status = byId(`${button.dataset.copy}-status`);
    button.addEventListener("click", () => copyBox(byId(button.dataset.copy), status));
  }
}

// The app takes the text from its own address scheme, so no web server sees it on the way.
function whatsappLink(text) {
  return `whatsapp://send?text=${encodeURIComponent(text)}`;
}

// This page's own address, without what stands behind #.
function ownAddress() {
  return location.href.split("#")[0];
}

function saveFile(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Through the share sheet where there is one. Closing it is no fault: the text stays on screen.
async function shareFile(name, text) {
  const files = [new File([text], name, { type: "text/plain" })];
  if (navigator.canShare?.({ files })) await navigator.share({ files }).catch(() => null);
  else saveFile(name, text);
}

// The comment that the receiver's worker looks for below an issue.
function sealedComment(marker, sealed) {
  return `<!-- intake ${marker} -->\n\n\`\`\`json\n${JSON.stringify(sealed)}\n\`\`\`\n`;
}

// One line that says what is wrong; its box has the focus then. An empty sentence takes it away.
function tellProblem(place, sentence) {
  const line = byId(`${place}-error`);
  line.hidden = !sentence;
  line.querySelector("span").textContent = sentence;
  const box = byId(place);
  if (!sentence) {
    box.removeAttribute("aria-invalid");
    return;
  }
  box.setAttribute("aria-invalid", "true");
  box.focus();
}

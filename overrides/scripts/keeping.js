// Keeps a small JSON value on this phone for whoever has ticked that, and lets it go again. Browsers
// may refuse to keep anything: `keep` then says false, and what is kept reads as null.

function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null;
  }
}

function letGo(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // What refuses to be asked keeps nothing.
  }
}

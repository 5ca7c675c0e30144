// Narrows the list of all organizations as soon as something is chosen; nothing leaves the page.

const filterField = (name) => document.getElementById(`filter-${name}`);

// A place stands for itself and the areas around it: whoever works for the province helps too.
function filterFits({ help, places, reach }, wanted) {
  const around = wanted.places.length === 0 || places.split(" ").some((code) => wanted.places.includes(code));
  const helps = !wanted.help || help.split(" ").includes(wanted.help);
  return around && helps && (!wanted.reach || reach !== undefined);
}

function filterNow() {
  const wanted = {
    places: filterField("place").value.split(" ").filter(Boolean),
    help: filterField("help").value,
    reach: filterField("reach").checked,
  };
  const entries = [...filterField("list").children];
  for (const entry of entries) entry.hidden = !filterFits(entry.dataset, wanted);
  const count = entries.filter((entry) => !entry.hidden).length;
  const { many, none } = filterField("status").dataset;
  filterField("status").textContent = count ? many.replace("{count}", count) : none;
}

if (filterField("list")) {
  for (const field of document.querySelectorAll("#filter select, #filter input")) field.disabled = false;
  document.getElementById("filter").addEventListener("change", filterNow);
  filterNow();
}

// At which hours of the team's own clock a person can safely be called. An hour wrong can cost them
// dearly, so without a clock that is known nothing is worked out. Needs open-now.js.

const HOURS_CLOCKS = { wib: "Asia/Jakarta", wita: "Asia/Makassar", wit: "Asia/Jayapura" };

// The time zone the person meant; null where it is not known or the country has several.
function zoneOfHours({ clock, country }, zones) {
  return HOURS_CLOCKS[clock] ?? (clock === "work-country" ? zones[country] : null) ?? null;
}

// "08.00-14.00": a stretch of the day there, as the clock here shows it today.
function hoursHere([from, to], there, here, now) {
  const apart = openMinutes(now, here) - openMinutes(now, there);
  const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return [from, to].map((clock) => openClock(minutes(clock) + apart)).join("-");
}

// One text for each chosen stretch; null where it cannot be known.
function safeHoursHere(answers, field, { zones, here }, now) {
  const chosen = [].concat(answers[field.id] ?? []).map((code) => field.choices[code]?.hours);
  const stretches = chosen.filter(Boolean);
  const there = zoneOfHours(answers, zones);
  if (!stretches.length) return [];
  return there ? stretches.map((one) => hoursHere(one, there, here, now)) : null;
}

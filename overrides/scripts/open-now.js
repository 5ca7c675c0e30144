// "Buka sekarang": reads the office's hours in the office's own zone, and, where the reader's clock
// shows another time, says them as that clock shows them. Without it the hours stand as words.

const openBox = document.getElementById("open-now");
const OPEN_DAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
const OPEN_WEEK = 7 * 24 * 60;

// Minutes since the week began, on the wall of a zone; without one on the reader's own.
function openMinutes(now, timeZone) {
  const style = { timeZone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const parts = {};
  for (const { type, value } of new Intl.DateTimeFormat("en-US", style).formatToParts(now)) parts[type] = value;
  const day = OPEN_DAYS.indexOf(parts.weekday.slice(0, 2).toUpperCase());
  return (day * 24 + Number(parts.hour)) * 60 + Number(parts.minute);
}

function openClock(minutes) {
  const ofDay = (minutes + OPEN_WEEK) % (24 * 60);
  const two = (number) => String(number).padStart(2, "0");
  return `${two(Math.floor(ofDay / 60))}.${two(ofDay % 60)}`;
}

// Each time of opening as {days, opens, closes, zone}; the times are minutes of a day.
function openTimes(text) {
  const minutes = (clock) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return text.split(";").map((one) => {
    const [days, opens, closes, zone] = one.trim().split(" ");
    return { days: days.split(","), opens: minutes(opens), closes: minutes(closes), zone };
  });
}

// Closing before opening means the next day.
function openIsNow({ days, opens, closes, zone }, now) {
  const length = closes > opens ? closes - opens : closes - opens + 24 * 60;
  const wall = openMinutes(now, zone);
  return days.some((day) => {
    const begun = OPEN_DAYS.indexOf(day) * 24 * 60 + opens;
    return (wall - begun + OPEN_WEEK) % OPEN_WEEK < length;
  });
}

function openSay(data, now) {
  const times = openTimes(data.hours);
  const said = [times.some((one) => openIsNow(one, now)) ? data.open : data.closed];
  const [{ opens, closes, zone }] = times;
  const apart = openMinutes(now) - openMinutes(now, zone);
  const wholeDay = closes - opens === 24 * 60;
  if (apart && !wholeDay && times.length === 1) {
    said.push(data.here.replace("{from}", openClock(opens + apart)).replace("{to}", openClock(closes + apart)));
  }
  return said.join(" ");
}

if (openBox) openBox.textContent = openSay(openBox.dataset, new Date());

// Makes a QR code (ISO/IEC 18004:2015) of a short text in byte mode, error correction level M:
// rows of booleans, true for dark. A text of more than 666 bytes throws an Error with the code
// "too-large". Needs utf8 and failure of sealing.js.

// By version, from 1: error correction codewords of a block, and number of blocks (table 9).
const QR_CHECKS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const QR_BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const QR_MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

// --- arithmetic in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1 ---

const QR_POWERS = [1];
for (let power = 1; power < 255; power += 1) {
  const next = QR_POWERS[power - 1] * 2;
  QR_POWERS.push(next > 255 ? next ^ 0x11d : next);
}

function qrTimes(one, other) {
  if (!one || !other) return 0;
  return QR_POWERS[(QR_POWERS.indexOf(one) + QR_POWERS.indexOf(other)) % 255];
}

// The product of (x - 2^0)(x - 2^1)..., without its leading 1.
function qrDivisor(degree) {
  let divisor = [1];
  for (let root = 0; root < degree; root += 1) {
    const shifted = [...divisor, 0];
    divisor = shifted.map((value, place) => value ^ qrTimes(divisor[place - 1], QR_POWERS[root]));
  }
  return divisor.slice(1);
}

function qrRemainder(bytes, divisor) {
  const rest = divisor.map(() => 0);
  for (const byte of bytes) {
    const factor = byte ^ rest.shift();
    rest.push(0);
    divisor.forEach((value, place) => { rest[place] ^= qrTimes(value, factor); });
  }
  return rest;
}

// --- from text to codewords ---

function qrAlignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  const last = version * 4 + 10;
  return [6, ...Array.from({ length: count - 1 }, (_, place) => last - step * (count - 2 - place))];
}

// Codewords of a version: all modules but those of the patterns, eight by eight.
function qrCodewords(version) {
  const aligned = qrAlignments(version).length;
  const patterns = aligned ? (25 * aligned - 10) * aligned - 55 : 0;
  const named = version >= 7 ? 36 : 0;
  return Math.floor(((16 * version + 128) * version + 64 - patterns - named) / 8);
}

function qrRoom(version) {
  return qrCodewords(version) - QR_CHECKS[version - 1] * QR_BLOCKS[version - 1];
}

function qrVersion(length) {
  for (let version = 1; version <= QR_BLOCKS.length; version += 1) {
    if (length + (version < 10 ? 2 : 3) <= qrRoom(version)) return version;
  }
  throw failure("too-large");
}

// Mode, length, bytes, end, and filling up to the version's room.
function qrData(bytes, version) {
  const bits = (value, count) => value.toString(2).padStart(count, "0");
  const written = [...bytes].map((byte) => bits(byte, 8)).join("");
  const stream = `0100${bits(bytes.length, version < 10 ? 8 : 16)}${written}0000`;
  const data = stream.match(/.{8}/g).map((eight) => parseInt(eight, 2));
  const filled = data.length;
  while (data.length < qrRoom(version)) data.push((data.length - filled) % 2 ? 0x11 : 0xec);
  return data;
}

// Blocks of nearly equal length, the shorter ones first, each with its check.
function qrBlocks(data, version) {
  const count = QR_BLOCKS[version - 1];
  const short = Math.floor(data.length / count);
  const firstLong = count - (data.length % count);
  const divisor = qrDivisor(QR_CHECKS[version - 1]);
  let start = 0;
  return Array.from({ length: count }, (_, place) => {
    const block = data.slice(start, start += short + (place >= firstLong ? 1 : 0));
    return { block, check: qrRemainder(block, divisor) };
  });
}

function qrInterleaved(lists) {
  const longest = Math.max(...lists.map((list) => list.length));
  const columns = Array.from({ length: longest }, (_, place) => lists.map((list) => list[place]));
  return columns.flat().filter((byte) => byte !== undefined);
}

function qrMessage(text) {
  const bytes = utf8(text);
  const version = qrVersion(bytes.length);
  const blocks = qrBlocks(qrData(bytes, version), version);
  const message = [
    ...qrInterleaved(blocks.map(({ block }) => block)),
    ...qrInterleaved(blocks.map(({ check }) => check)),
  ];
  return { version, message };
}

// --- from codewords to modules; a module of a pattern is a boolean, a free one null ---

function qrSquare(rows, left, top, size, isDark) {
  for (let y = Math.max(0, top); y < Math.min(rows.length, top + size); y += 1) {
    for (let x = Math.max(0, left); x < Math.min(rows.length, left + size); x += 1) {
      rows[y][x] = isDark(Math.max(Math.abs(x - left - (size >> 1)), Math.abs(y - top - (size >> 1))));
    }
  }
}

function qrPatterns(version) {
  const size = version * 4 + 17;
  const rows = Array.from({ length: size }, () => Array(size).fill(null));
  for (let place = 0; place < size; place += 1) rows[6][place] = rows[place][6] = place % 2 === 0;
  for (const [x, y] of [[-1, -1], [size - 8, -1], [-1, size - 8]]) {
    qrSquare(rows, x, y, 9, (far) => far !== 2 && far !== 4);
  }
  const places = qrAlignments(version);
  const corners = [[6, 6], [6, size - 7], [size - 7, 6]].map(String);
  for (const x of places) {
    for (const y of places) {
      if (!corners.includes(String([x, y]))) qrSquare(rows, x - 2, y - 2, 5, (far) => far !== 1);
    }
  }
  return rows;
}

// A number with the bits that check it (annexes C and D).
function qrChecked(value, generator, bits) {
  let rest = value;
  for (let step = 0; step < bits; step += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * generator);
  return (value << bits) | rest;
}

function qrPutFormat(rows, mask) {
  const size = rows.length;
  const format = qrChecked(mask, 0x537, 10) ^ 0x5412; // level M is 00
  for (let bit = 0; bit < 15; bit += 1) {
    const dark = ((format >> bit) & 1) === 1;
    const down = bit < 6 ? bit : bit < 8 ? bit + 1 : size - 15 + bit;
    const across = bit < 8 ? size - 1 - bit : bit === 8 ? 7 : 14 - bit;
    rows[down][8] = dark;
    rows[8][across] = dark;
  }
  rows[size - 8][8] = true;
}

function qrPutVersion(rows, version) {
  if (version < 7) return;
  const named = qrChecked(version, 0x1f25, 12);
  for (let bit = 0; bit < 18; bit += 1) {
    const [far, near] = [rows.length - 11 + (bit % 3), Math.floor(bit / 3)];
    rows[near][far] = rows[far][near] = ((named >> bit) & 1) === 1;
  }
}

// The free modules in the order of the message: two columns at a time, up and down by turns.
function qrWay(rows) {
  const size = rows.length;
  const way = [];
  let up = true;
  for (let right = size - 1; right > 0; right -= right === 8 ? 3 : 2) { // column 6 has no data
    for (let step = 0; step < size; step += 1) {
      for (const x of [right, right - 1]) way.push([x, up ? size - 1 - step : step]);
    }
    up = !up;
  }
  return way.filter(([x, y]) => rows[y][x] === null);
}

// --- the mask that scanners read best (section 7.8.3) ---

// What looks like a finder: 1011101 with light on one side. Outside the code all is light.
function qrFinders(line) {
  let found = 0;
  for (let place = line.indexOf("1011101"); place >= 0;) {
    const alone = line.slice(place - 4, place) === "0000" || line.slice(place + 7, place + 11) === "0000";
    if (alone) found += 1;
    place = line.indexOf("1011101", place + (alone ? 7 : 4));
  }
  return found;
}

function qrLinePenalty(line) {
  const text = line.map((dark) => (dark ? "1" : "0")).join("");
  const runs = (text.match(/0{5,}|1{5,}/g) || []).reduce((sum, run) => sum + run.length - 2, 0);
  return runs + qrFinders(`0000${text}0000`) * 40;
}

function qrPenalty(rows) {
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  const lines = [...rows, ...columns].reduce((sum, line) => sum + qrLinePenalty(line), 0);
  const boxes = rows.slice(1).reduce((sum, row, y) => sum + row.slice(1).filter((dark, x) => (
    dark === row[x] && dark === rows[y][x] && dark === rows[y][x + 1]
  )).length * 3, 0);
  const share = rows.flat().filter(Boolean).length / rows.length ** 2;
  return lines + boxes + Math.floor(Math.abs(share * 100 - 50) / 5) * 10;
}

function qrMasked(patterns, way, message, mask) {
  const rows = patterns.map((row) => [...row]);
  way.forEach(([x, y], place) => {
    const byte = message[place >> 3] || 0;
    rows[y][x] = (((byte >> (7 - (place & 7))) & 1) === 1) !== (QR_MASKS[mask](x, y) === 0);
  });
  qrPutFormat(rows, mask);
  return rows;
}

function qrCode(text) {
  const { version, message } = qrMessage(text);
  const patterns = qrPatterns(version);
  qrPutVersion(patterns, version);
  qrPutFormat(patterns, 0); // keeps its place free
  const way = qrWay(patterns);
  const drawn = QR_MASKS.map((_, mask) => qrMasked(patterns, way, message, mask));
  const penalties = drawn.map(qrPenalty);
  return drawn[penalties.indexOf(Math.min(...penalties))];
}

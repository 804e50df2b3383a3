/** Samples of a run or of photos as files. No DOM in here. */

/**
 * CSV (RFC 4180), a row for each face and time or photo: seconds or file, face, the picture's size, box, then for each
 * network its label and all scores, and for an age the years and their interval.
 */
export function csv(samples) {
  const rows = samples.map(row);
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return [columns, ...rows.map((values) => columns.map((column) => values[column] ?? ""))].map(line).join("");
}

/** JSON: when it began, and the samples as they are. */
export function json(samples, began) {
  const written = samples.map(({ ms, file, number, ...sample }) => ({ ...source(ms, file), face: number, ...sample }));
  return JSON.stringify({ began: began.toISOString(), samples: written }, (_, value) => (typeof value === "number" ? rounded(value) : value), 1);
}

function row({ ms, file, number, width, height, box, said }) {
  const networks = Object.entries(said).flatMap(([network, { label, scores, years, interval }]) => [
    [network, label],
    ...Object.entries(scores).map(([name, score]) => [`${network} ${name}`, rounded(score)]),
    ...(years === undefined ? [] : [[`${network} years`, rounded(years)], [`${network} from`, rounded(interval[0])], [`${network} to`, rounded(interval[1])]]),
  ]);
  const sides = Object.entries(box).map(([side, at]) => [side, rounded(at)]);
  return { ...source(ms, file), face: number, width, height, ...Object.fromEntries([...sides, ...networks]) };
}

function source(ms, file) {
  return file === undefined ? { seconds: rounded(ms / 1000) } : { file };
}

function line(cells) {
  return `${cells.map(quoted).join(",")}\r\n`;
}

function quoted(cell) {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function rounded(number) {
  return Math.round(number * 10_000) / 10_000;
}

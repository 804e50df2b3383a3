/** Samples of a run or of photos as files. No DOM in here. */

/**
 * CSV (RFC 4180), a row for each face and time or photo, in columns that are named as those of the shell's tables
 * (`python -m pydoc facelab.rows`), but for the time, which is `seconds`. In a run `track` is the number under which a
 * face is followed. An error is the last.
 */
export function csv(samples) {
  const rows = samples.map(row);
  const columns = [...new Set(rows.flatMap(Object.keys))].sort((one, other) => (one === "error") - (other === "error"));
  return [columns, ...rows.map((values) => columns.map((column) => values[column] ?? ""))].map(line).join("");
}

/** JSON: when it began, and the samples as they are. */
export function json(samples, began) {
  const written = samples.map(({ ms, file, number, ...sample }) => ({ ...source(ms, file), face: number, ...sample }));
  return JSON.stringify({ began: began.toISOString(), samples: written }, (_, value) => (typeof value === "number" ? rounded(value) : value), 1);
}

function row({ ms, file, number, box = {}, score, said = {}, ...picture }) {
  const networks = Object.entries(said).flatMap(([network, { label, score, scores, years, interval }]) => {
    const ages = years === undefined ? {} : { years, low: interval[0], high: interval[1] };
    const numbers = Object.entries({ score, ...scores, ...ages });
    return [[network, label], ...numbers.map(([name, number]) => [`${network}_${name}`, rounded(number)])];
  });
  const found = Object.entries({ ...box, ...(score !== undefined && { score }) }).map(([name, number]) => [name, rounded(number)]);
  return { ...source(ms, file), ...picture, ...(number && { [file === undefined ? "track" : "face"]: number }), ...Object.fromEntries([...found, ...networks]) };
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

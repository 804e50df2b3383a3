import { byNetwork } from "./answers.js";
import { bands } from "./bands.js";
import { repeat } from "./repeat.js";

const SPAN_MS = 120_000;
const APART_MS = 500;
const BAND_COLOURS = 8;
const MOST = 20; // faces in the summary

/** The chart of a face's first network over the last two minutes, and the summary of a run. */
export class Timeline {
  #parts;
  #templates;
  #messages;
  #empty;
  #history = null;
  #chosen = null;
  #drawn = -Infinity;

  /** `parts`: chart, legend, chart-face (a select), time-face (its label), summary-head, summary, time-empty. */
  constructor(parts, templates, messages) {
    this.#parts = parts;
    this.#templates = templates;
    this.#messages = messages;
    this.#empty = parts.chart.getAttribute("aria-label");
    parts["chart-face"].addEventListener("change", ({ target }) => {
      this.#chosen = Number(target.value);
      this.#draw();
    });
  }

  /** Shows a run's history; draws at most twice a second. */
  show(history, now = performance.now()) {
    if (history !== this.#history) this.#chosen = null;
    else if (now - this.#drawn < APART_MS) return;
    this.#history = history;
    this.#drawn = now;
    this.#draw();
  }

  #draw() {
    let number = this.#chosen;
    let recent = this.#recent(number);
    if (recent.length === 0) recent = this.#recent((number = this.#history.latest)); // who left long ago gives way
    const summary = longest(this.#history.summary(), number);
    this.#parts["time-empty"].hidden = recent.length > 0;
    this.#parts["time-face"].hidden = summary.length < 2;
    this.#offer(summary.map((face) => face.number), number);
    this.#chart(number, recent);
    this.#sum(summary);
  }

  #offer(numbers, chosen) {
    const select = this.#parts["chart-face"];
    if (String(numbers) !== String([...select.options].map(({ value }) => value))) select.replaceChildren(...numbers.map((number) => new Option(this.#messages.faceName(number), number)));
    select.value = chosen;
  }

  #recent(number) {
    return this.#history.recent(number, SPAN_MS).filter(({ said }) => Object.keys(said).length > 0);
  }

  #chart(number, recent) {
    const first = recent.map(({ said }) => Object.entries(said)[0]);
    const samples = recent.map(({ ms }, i) => ({ ms, scores: first[i][1].scores }));
    const shapes = bands(samples, { end: this.#history.ms, span: SPAN_MS });
    repeat(this.#parts.chart, this.#templates.band, shapes.length).forEach((path, i) => colour(path, i).firstElementChild.setAttribute("d", shapes[i].path));
    repeat(this.#parts.legend, this.#templates.legend, shapes.length).forEach((item, i) => {
      colour(item, i).lastElementChild.textContent = this.#messages.label(shapes[i].label);
    });
    this.#parts.chart.setAttribute("aria-label", first.length > 0 ? this.#messages.chart(number, first[0][0]) : this.#empty);
  }

  #sum(summary) {
    const networks = [...new Set(summary.flatMap(({ usual }) => networksOf(usual)))];
    const heads = [...this.#messages.heads, ...networks.map((network) => this.#messages.title(network))];
    repeat(this.#parts["summary-head"], this.#templates.head, heads.length).forEach((cell, i) => (cell.textContent = heads[i]));
    repeat(this.#parts.summary, this.#templates.sum, summary.length).forEach((row, i) => {
      const { number, ms, usual } = summary[i];
      const texts = [this.#messages.faceName(number), this.#messages.seconds(ms), ...networks.map((network) => this.#messages.usual(usual[network]))];
      repeat(row, this.#templates.cell, texts.length).forEach((cell, j) => (cell.textContent = texts[j]));
    });
  }
}

/** Those of a summary that were seen longest, and the face `number`. */
function longest(summary, number) {
  const most = [...summary].sort((a, b) => b.ms - a.ms).slice(0, MOST);
  return summary.filter((face) => most.includes(face) || face.number === number);
}

function networksOf(usual) {
  return Object.entries(usual)
    .sort(byNetwork)
    .map(([name]) => name);
}

function colour(element, index) {
  element.setAttribute("class", `band-${index % BAND_COLOURS}`);
  return element;
}

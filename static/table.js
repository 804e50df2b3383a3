import { repeat } from "./repeat.js";

const APART_MS = 1_000; // a table that changes faster cannot be read

/** All scores of all faces as a table, for those who cannot see the bars. */
export class Table {
  #body;
  #template;
  #messages;
  #written = -Infinity;

  constructor(body, template, messages) {
    this.#body = body;
    this.#template = template;
    this.#messages = messages;
  }

  show(faces, now = performance.now()) {
    if (now - this.#written < APART_MS) return;
    this.#written = now;
    const rows = faces.flatMap((face) => this.#rows(face));
    repeat(this.#body, this.#template, rows.length).forEach((row, i) => rows[i].forEach((text, j) => (row.children[j].textContent = text)));
  }

  clear() {
    this.#written = -Infinity;
    this.#body.replaceChildren();
  }

  #rows({ number, said }) {
    const name = this.#messages.faceName(number);
    return Object.entries(said).flatMap(([network, { scores, ...prediction }]) => [
      ...("years" in prediction ? [[name, this.#messages.title(network), this.#messages.brief(prediction), ""]] : []),
      ...Object.entries(scores).map(([label, score]) => [name, this.#messages.title(network), this.#messages.label(label), this.#messages.percent(score)]),
    ]);
  }
}

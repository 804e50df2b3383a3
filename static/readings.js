import { fact, faceName, predictions } from "./messages.js";
import { repeat } from "./repeat.js";

/** The list of faces beside the picture, with all that is apparent in each. */
export class Readings {
  #list;
  #templates;
  #titles;

  /** `titles`: those of the networks by their names. */
  constructor(list, templates, titles) {
    this.#list = list;
    this.#templates = templates;
    this.#titles = titles;
  }

  show(answer) {
    const items = repeat(this.#list, this.#templates.reading, answer.faces.length);
    items.forEach((item, index) => this.#fill(item, answer.faces[index], index));
    this.fade(false);
  }

  /** Says whether what is listed is no longer so. */
  fade(old) {
    this.#list.classList.toggle("old", old);
  }

  clear() {
    this.#list.replaceChildren();
  }

  #fill(item, face, index) {
    item.querySelector("h3").textContent = faceName(index);
    const facts = predictions(face).map(([name, prediction]) => fact(this.#titles[name] ?? name, prediction));
    const rows = repeat(item.querySelector("dl"), this.#templates.fact, facts.length);
    rows.forEach((row, i) => write(row, facts[i]));
  }
}

function write(row, { heading, value, score, more, part }) {
  row.querySelector("dt").textContent = heading;
  row.querySelector(".value").textContent = value;
  row.querySelector(".score").textContent = score;
  row.querySelector(".more").textContent = more;
  row.querySelector(".bar-of-score span").style.transform = `scaleX(${part})`;
}

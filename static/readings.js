import { paint } from "./heat.js";
import { COLOURS } from "./overlay.js";
import { repeat } from "./repeat.js";

/** The cards beside the picture: all that is apparent in each face, with all scores. */
export class Readings {
  #list;
  #templates;
  #messages;
  #last;

  /** `last`: the highest year that a network knows, by its name. */
  constructor(list, templates, messages, last) {
    this.#list = list;
    this.#templates = templates;
    this.#messages = messages;
    this.#last = last;
  }

  show(faces) {
    const items = repeat(this.#list, this.#templates.reading, faces.length);
    items.forEach((item, i) => this.#fill(item, faces[i]));
    this.fade(false);
  }

  /** Says whether what is listed is no longer so. */
  fade(old) {
    this.#list.classList.toggle("old", old);
    this.#list.setAttribute("aria-hidden", old);
  }

  clear() {
    this.#list.replaceChildren();
  }

  #fill(item, face) {
    item.dataset.colour = face.number % COLOURS;
    item.querySelector("h3 i").textContent = face.number;
    item.querySelector("h3 span").textContent = this.#messages.faceName(face.number);
    const said = Object.entries(face.said);
    const facts = repeat(item.querySelector(".facts"), this.#templates.fact, said.length);
    facts.forEach((fact, i) => this.#tell(fact, ...said[i]));
    see(item.querySelector(".sees"), face.explain);
  }

  #tell(element, network, prediction) {
    const fact = this.#messages.fact(network, prediction);
    element.querySelector("h4").textContent = fact.heading;
    for (const name of ["value", "score", "more"]) element.querySelector(`.${name}`).textContent = fact[name];
    const scores = Object.entries(prediction.scores);
    const bars = repeat(element.querySelector(".bars"), this.#templates.bar, scores.length);
    bars.forEach((bar, i) => this.#draw(bar, ...scores[i], prediction.label));
    scale(element.querySelector(".scale"), prediction, this.#last[network]);
  }

  #draw(bar, label, score, best) {
    bar.classList.toggle("best", label === best);
    bar.querySelector(".name").textContent = this.#messages.label(label);
    bar.querySelector(".track span").style.transform = `scaleX(${score})`;
    bar.querySelector(".share").textContent = this.#messages.percent(score);
  }
}

/** What the network sees of a face, where the answer tells it. */
function see(element, explain) {
  element.hidden = !explain;
  if (!explain) return;
  for (const image of element.querySelectorAll("img")) image.src = explain[image.dataset.picture];
  paint(element.querySelector("canvas"), explain.heat);
}

/** An age and its interval on a scale from 0 to `last` years. */
function scale(element, { years, interval }, last) {
  element.hidden = years === undefined || !last;
  if (element.hidden) return;
  const at = (age) => `${Math.min(100, (100 * age) / last)}%`;
  const [low, high] = interval;
  element.querySelector(".range").style.left = at(low);
  element.querySelector(".range").style.right = `calc(100% - ${at(high)})`;
  element.querySelector(".point").style.left = at(years);
  element.querySelector(".end").textContent = last;
}

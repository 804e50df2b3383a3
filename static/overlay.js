import { beside, place } from "./geometry.js";
import { brief, predictions } from "./messages.js";
import { repeat } from "./repeat.js";

/** Boxes and tags over the picture. They are placed anew when the stage changes its size. */
export class Overlay {
  #root;
  #templates;
  #boxes = document.createElement("div");
  #tags = document.createElement("div");
  #drawn = { answer: null, mirrored: false };

  constructor(root, templates) {
    this.#root = root;
    this.#templates = templates;
    root.append(this.#boxes, this.#tags); // tags above all boxes
    new ResizeObserver(() => this.#draw()).observe(root);
  }

  show(answer, mirrored) {
    this.#drawn = { answer, mirrored };
    this.#draw();
  }

  clear() {
    this.show(null, false);
  }

  #draw() {
    const { answer, mirrored } = this.#drawn;
    const faces = answer?.faces ?? [];
    const stage = { width: this.#root.clientWidth, height: this.#root.clientHeight };
    const places = faces.map(({ box }) => place(box, answer, stage, mirrored));
    repeat(this.#boxes, this.#templates.face, faces.length).forEach((box, i) => frame(box, places[i]));
    const tags = repeat(this.#tags, this.#templates.tag, faces.length);
    tags.forEach((tag, i) => write(tag, faces[i], faces.length > 1 ? `${i + 1}` : ""));
    // All sizes are read before any place is written, so that the browser lays out once.
    const corners = tags.map((tag, i) => beside(places[i], { width: tag.offsetWidth, height: tag.offsetHeight }, stage));
    tags.forEach((tag, i) => move(tag, corners[i]));
  }
}

function frame(element, { left, top, right, bottom }) {
  move(element, { left, top });
  element.style.width = `${right - left}px`;
  element.style.height = `${bottom - top}px`;
}

function move(element, { left, top }) {
  element.style.transform = `translate(${left}px, ${top}px)`;
}

function write(tag, face, number) {
  const [first = "", ...others] = predictions(face).map(([, prediction]) => brief(prediction));
  tag.querySelector("i").textContent = number;
  tag.querySelector("b").textContent = first;
  tag.querySelector("span").textContent = others.join(" · ");
}

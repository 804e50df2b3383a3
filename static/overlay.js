import { Glide } from "./glide.js";
import { beside, mirror, place, shares } from "./geometry.js";
import { dots } from "./landmarks.js";
import { repeat } from "./repeat.js";

export const COLOURS = 8;
const OLD_MS = 1_500; // after which the faces of a camera's picture are likely elsewhere
const NOTHING = { width: 1, height: 1, faces: [] };

/** Boxes and tags over the picture. Their places are drawn with every frame of the screen, their texts with every answer. */
export class Overlay {
  #root;
  #templates;
  #messages;
  #ticked;
  #aged;
  #boxes = document.createElement("div");
  #tags = document.createElement("div");
  #glide = new Glide();
  #shown = NOTHING;
  #options = {};
  #sizes = [];
  #answered = 0;
  #looping = false;

  /**
   * `ticked(now)` is called for each frame of the screen in which places of the camera's faces are drawn, `aged()` when
   * these are likely elsewhere, since no answer came.
   */
  constructor(root, templates, messages, { ticked, aged }) {
    this.#root = root;
    this.#templates = templates;
    this.#messages = messages;
    this.#ticked = ticked;
    this.#aged = aged;
    root.append(this.#boxes, this.#tags); // tags above all boxes
    new ResizeObserver(() => this.#fit(performance.now())).observe(root);
  }

  /** `shown`: { width, height, faces }. Options: `mirrored`, `glide`, `landmarks`; `live`: boxes grow old. */
  show(shown, options) {
    const exact = !options.glide || shown.width !== this.#shown.width; // between two sizes there is no way
    this.#shown = shown;
    this.#options = options;
    const now = (this.#answered = performance.now());
    this.#glide.aim(new Map(shown.faces.map(({ number, box }) => [number, box])), now, exact);
    this.#write();
    this.#fit(now);
    if (options.live && !options.glide) this.#ticked(now);
    if (!this.#looping) this.#loop();
  }

  /** Whether the camera's picture is shown as in a mirror. */
  mirror(mirrored) {
    if (!this.#options.live) return;
    this.#options = { ...this.#options, mirrored };
    this.#write();
    this.#fit(performance.now());
  }

  /** Whether the camera's faces are likely elsewhere by now. */
  get #old() {
    return Boolean(this.#options.live) && performance.now() - this.#answered > OLD_MS;
  }

  /** What is shown, for a picture of it: { box, colour, number, texts }, boxes as shares of the picture as it is seen. */
  marks() {
    if (this.#old) return [];
    const { width, height, faces } = this.#shown;
    const picture = { width, height };
    return faces.map((face, i) => ({
      box: shares(this.#options.mirrored ? mirror(face.box, picture) : face.box, picture),
      colour: getComputedStyle(this.#boxes.children[i]).getPropertyValue("--colour"),
      number: face.number,
      texts: this.#messages.briefs(face),
    }));
  }

  clear() {
    this.show(NOTHING, {});
  }

  /** Places anew while the camera is on and the page is seen: browsers ask hidden pages for no frames. */
  #loop() {
    this.#looping = Boolean(this.#options.live);
    const young = !this.#root.classList.contains("old");
    if (this.#root.classList.toggle("old", this.#old) && young) this.#aged();
    if (!this.#looping) return;
    requestAnimationFrame((now) => {
      if (this.#options.glide) {
        this.#place(now);
        this.#ticked(now);
      }
      this.#loop();
    });
  }

  #write() {
    const { faces } = this.#shown;
    const boxes = repeat(this.#boxes, this.#templates.face, faces.length);
    boxes.forEach((box, i) => {
      box.dataset.colour = faces[i].number % COLOURS;
      box.querySelector("path").setAttribute("d", this.#options.landmarks ? dots(faces[i], this.#options.mirrored) : "");
    });
    const tags = repeat(this.#tags, this.#templates.tag, faces.length);
    tags.forEach((tag, i) => write(tag, faces[i], this.#messages.briefs(faces[i])));
  }

  /** Measures the tags, whose sizes the stage's own may change, and places all. */
  #fit(now) {
    const tags = [...this.#tags.children];
    const [whole, alone] = [false, true].map((alone) => {
      for (const tag of tags) tag.classList.toggle("alone", alone);
      return tags.map(({ offsetWidth: width, offsetHeight: height }) => ({ width, height }));
    });
    this.#sizes = tags.map((_, i) => ({ tag: whole[i], number: alone[i] }));
    this.#place(now);
  }

  #place(now) {
    const stage = { width: this.#root.clientWidth, height: this.#root.clientHeight };
    const boxes = this.#glide.at(now);
    const places = this.#shown.faces.map(({ number }) => place(boxes.get(number), this.#shown, stage, this.#options.mirrored));
    places.forEach((at, i) => frame(this.#boxes.children[i], at));
    beside(places, this.#sizes, stage).forEach((at, i) => {
      this.#tags.children[i].classList.toggle("alone", at.alone);
      move(this.#tags.children[i], at);
    });
  }
}

function frame(element, { left, top, right, bottom }) {
  move(element, { left, top });
  element.style.width = `${right - left}px`;
  element.style.height = `${bottom - top}px`;
}

function move(element, { left, top, scale = 1 }) {
  element.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
}

function write(tag, { number }, [first = "", ...others]) {
  tag.dataset.colour = number % COLOURS;
  tag.querySelector("i").textContent = number;
  tag.querySelector("b").textContent = first;
  tag.querySelector("span").textContent = others.join(" · ");
}

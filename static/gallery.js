import { repeat } from "./repeat.js";

/** Thumbnails of several photos under the stage; one alone needs none. */
export class Gallery {
  #root;
  #template;

  constructor(root, template) {
    this.#root = root;
    this.#template = template;
  }

  /** Shows `photos` ({ url, name, note }); `pick(index)` is called for the one that is chosen. */
  show(photos, current, pick) {
    const several = photos.length > 1 ? photos : [];
    this.#root.hidden = several.length === 0;
    repeat(this.#root, this.#template, several.length).forEach((item, i) => {
      const button = item.querySelector("button");
      button.setAttribute("aria-pressed", i === current);
      button.onclick = () => pick(i);
      const image = item.querySelector("img");
      if (image.src !== several[i].url) image.src = several[i].url;
      image.alt = several[i].name;
      item.querySelector("span").textContent = several[i].note;
    });
  }

  clear() {
    this.show([], 0);
  }
}

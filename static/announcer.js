const APART_MS = 4_000;
const LETTER_MS = 65; // that a voice takes

/** Writes into a live region, seldom enough that a screen reader can finish: the latest text wins. */
export class Announcer {
  #region;
  #next = "";
  #timer = null;

  constructor(region) {
    this.#region = region;
  }

  say(text) {
    this.#next = text;
    if (this.#timer === null) this.#speak();
  }

  hush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#region.textContent = this.#next = "";
  }

  #speak() {
    this.#timer = null;
    if (this.#region.textContent === this.#next) return;
    this.#region.textContent = this.#next;
    this.#timer = setTimeout(() => this.#speak(), Math.max(APART_MS, LETTER_MS * this.#next.length));
  }
}

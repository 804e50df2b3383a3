import { Session } from "./session.js";

/** Photos that were given at once, analysed one after the other. No DOM in here. */
export class Album {
  #photos;
  #ask;
  #changed;

  /** `ask(file)`: the promise of an answer. `changed()` is called after each. */
  constructor(photos, ask, changed) {
    this.#photos = photos.map((photo) => ({ ...photo, shown: null, error: null, ms: 0 }));
    this.#ask = ask;
    this.#changed = changed;
    this.current = 0;
  }

  /** The photos as { file, url, shown, error, ms }: `shown` or `error` once they were answered. */
  get photos() {
    return this.#photos;
  }

  get photo() {
    return this.#photos[this.current];
  }

  pick(index) {
    this.current = index;
    this.#changed();
  }

  /** Asks for all, until `signal` is aborted. */
  async analyse(signal) {
    for (const photo of this.#photos) {
      const change = await this.#answer(photo.file);
      if (signal.aborted) return;
      Object.assign(photo, change);
      this.#changed();
    }
  }

  async #answer(file) {
    const start = performance.now();
    try {
      const answer = await this.#ask(file);
      return { shown: new Session().take(answer, 0), error: null, ms: performance.now() - start };
    } catch (error) {
      return { shown: null, error };
    }
  }
}

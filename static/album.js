import { pause, waitAfter } from "./live.js";
import { Session } from "./session.js";

const TRIES = 6; // of a photo, where the server asks to come later

/** Photos that were given at once, analysed one after the other. No DOM in here. */
export class Album {
  #photos;
  #ask;
  #changed;
  #sleep;

  /** `ask(file)`: the promise of an answer. `changed()` is called after each. */
  constructor(photos, ask, changed, sleep = pause) {
    this.#photos = photos.map((photo) => ({ ...photo, shown: null, error: null, wait: 0, ms: 0 }));
    this.#ask = ask;
    this.#changed = changed;
    this.#sleep = sleep;
    this.current = 0;
  }

  /**
   * The photos as { file, url, shown, error, wait, ms }: `shown` or `error` once they were answered, and the ms to
   * `wait` for the next try where there is one.
   */
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
    for (const photo of this.#photos) await this.#settle(photo, signal);
  }

  async #settle(photo, signal) {
    for (let tries = 1; !signal.aborted; tries++) {
      const change = await this.#answer(photo.file);
      if (signal.aborted) return;
      const again = change.error?.retryAfter > 0 && tries < TRIES;
      Object.assign(photo, change, { wait: again ? waitAfter(change.error, tries - 1) : 0 });
      this.#changed();
      if (!again) return;
      await this.#sleep(photo.wait, signal);
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

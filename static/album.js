import { passing } from "./client.js";
import { pause, waitAfter } from "./live.js";
import { Session } from "./session.js";

/** Photos that were given at once, analysed one after the other. No DOM in here. */
export class Album {
  #photos;
  #ask;
  #changed;
  #explain;
  #sleep;
  #running = new AbortController();

  /** When the photos were given, as a Date. */
  began = new Date();

  /** `ask(file, signal)`: the promise of an answer. `changed()` is called after each. `explain(error)`: in words, null for none yet. */
  constructor(photos, ask, changed, explain, sleep = pause) {
    const names = apart(photos.map(({ file }) => file.name));
    this.#photos = photos.map((photo, i) => ({ ...photo, name: names[i], shown: null, error: null, wait: 0, ms: 0 }));
    this.#ask = ask;
    this.#changed = changed;
    this.#explain = explain;
    this.#sleep = sleep;
    this.current = 0;
  }

  /**
   * The photos as { file, url, name, shown, error, wait, ms }: a `name` that no other has, `shown` once they were
   * answered, the `error` of the last try and the ms to `wait` for the next one where there is one.
   */
  get photos() {
    return this.#photos;
  }

  get photo() {
    return this.#photos[this.current];
  }

  /**
   * The faces of all photos as a History's samples, with the photo's name as `file` and its number of `faces` instead of
   * a time. One without a face has a sample, too, and one that is not analysed, with its `error`. None before the first.
   */
  get samples() {
    if (!this.#photos.some((photo) => photo.shown || failed(photo))) return [];
    return this.#photos.flatMap(({ name, shown, error }) => {
      if (!shown) return [{ file: name, error: this.#explain(error) }];
      const { width, height, faces } = shown;
      const picture = { file: name, width, height, faces: faces.length };
      return faces.length ? faces.map(({ number, box, score, said }) => ({ ...picture, number, box, score, said })) : [picture];
    });
  }

  pick(index) {
    this.current = index;
    this.#changed();
  }

  /**
   * Asks for all, that which is looked at first, until `signal` is aborted or all are asked for anew. What a later try
   * may answer waits, and is asked for after the others.
   */
  async analyse(signal) {
    this.#running.abort();
    const running = (this.#running = new AbortController());
    signal.addEventListener("abort", () => running.abort(), { signal: running.signal });
    const first = this.photo;
    const left = [first, ...this.#photos.filter((one) => one !== first)];
    for (let failures = 0; left.length && !running.signal.aborted; ) {
      const photo = left.shift();
      const change = await this.#answer(photo.file, running.signal);
      if (running.signal.aborted) return;
      const wait = passing(change.error) ? waitAfter(change.error, failures++) : (failures = 0);
      Object.assign(photo, change, { wait });
      this.#changed();
      if (!wait) continue;
      left.push(photo);
      await this.#sleep(wait, running.signal);
    }
  }

  async #answer(file, signal) {
    const start = performance.now();
    try {
      const answer = await this.#ask(file, signal);
      return { shown: new Session().take(answer, 0), error: null, ms: performance.now() - start };
    } catch (error) {
      return { error };
    }
  }
}

/** Whether a photo was not answered and is asked for no more. */
export function failed({ shown, error, wait }) {
  return Boolean(error && !wait && !shown);
}

/** Names of files of which those that were there before, as of pasted pictures, have their number behind them. */
function apart(names) {
  const taken = new Set();
  return names.map((name) => {
    let own = name;
    for (let number = 2; taken.has(own); number++) own = `${name} (${number})`;
    taken.add(own);
    return own;
  });
}

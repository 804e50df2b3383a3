/** What was shown in a run of the camera, kept in the page's memory and nowhere else. No DOM in here. */

const APART_MS = 250; // faster than faces change; two hours of one face are 30,000 samples

export class History {
  #samples = [];
  #last = -Infinity;
  #start;

  /** `began`: when, as a Date. */
  constructor(began = new Date()) {
    this.began = began;
  }

  /** Takes what is shown at `now` (ms), unless that is too soon after the last time. */
  add({ faces }, now) {
    if (now - this.#last < APART_MS) return;
    this.#start ??= now;
    this.#last = now;
    for (const { number, box, said } of faces) this.#samples.push({ ms: now - this.#start, number, box, said });
  }

  /** All samples as { ms, number, box, said }, `ms` since the first; faces that were not seen have none. */
  get samples() {
    return this.#samples;
  }

  /** The time of the last answer, in ms since the first. */
  get ms() {
    return this.#start === undefined ? 0 : this.#last - this.#start;
  }

  /** A face's samples of the last `ms`. */
  recent(number, ms) {
    return this.#samples.filter((sample) => sample.number === number && sample.ms >= this.ms - ms);
  }

  /**
   * Each face as { number, ms, usual }: how long it was seen, and for each network the mean `years`, or else
   * the commonest `label` and the `share` of the time it had.
   */
  summary() {
    const numbers = [...new Set(this.#samples.map(({ number }) => number))].sort((a, b) => a - b);
    return numbers.map((number) => {
      const own = this.#samples.filter((sample) => sample.number === number);
      return { number, ms: own.length * APART_MS, usual: usual(own) };
    });
  }
}

function usual(samples) {
  const networks = [...new Set(samples.flatMap(({ said }) => Object.keys(said)))];
  return Object.fromEntries(networks.map((network) => [network, commonest(samples.flatMap(({ said }) => said[network] ?? []))]));
}

function commonest(predictions) {
  const years = predictions.flatMap(({ years }) => years ?? []);
  if (years.length > 0) return { years: years.reduce((sum, one) => sum + one, 0) / years.length };
  const counts = new Map();
  for (const { label } of predictions) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [label, count] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best));
  return { label, share: count / predictions.length };
}

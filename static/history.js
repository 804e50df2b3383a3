/** What was shown in a run of the camera, kept in the page's memory and nowhere else. No DOM in here. */

const APART_MS = 250; // faster than faces change
const MOST = 60_000; // samples, about 60 MB: of one face for four hours; then half of them go
const HOLD_MS = 3_000; // an answer tells of the time since the one before, but of no more than this

export class History {
  #samples = [];
  #apart = APART_MS;
  #tallies = new Map(); // by a face's number
  #last = -Infinity; // answer, and sample that was kept, in ms
  #kept = -Infinity;
  #start;

  /** When the first answer came, as a Date; null until then. */
  began = null;

  /** Takes what is shown at `now` (ms), unless that is too soon after the last time. */
  add({ width, height, faces }, now, date = new Date()) {
    const passed = now - this.#last;
    if (passed < APART_MS) return;
    const ms = Math.min(passed, this.#start === undefined ? APART_MS : HOLD_MS);
    this.began ??= date;
    this.#start ??= now;
    this.#last = now;
    const kept = this.ms - this.#kept >= this.#apart;
    if (kept) this.#kept = this.ms;
    for (const { number, box, score, said } of faces) {
      if (kept) this.#samples.push({ ms: this.ms, number, width, height, box, score, said });
      if (!this.#tallies.has(number)) this.#tallies.set(number, new Tally());
      this.#tallies.get(number).add(said, ms);
    }
    if (this.#samples.length > MOST) this.#thin();
  }

  /** From here on and in what is kept samples are twice as far apart. */
  #thin() {
    this.#apart *= 2;
    let kept = -Infinity;
    this.#samples = this.#samples.filter(({ ms }) => {
      if (ms !== kept && ms - kept < this.#apart) return false;
      kept = ms;
      return true;
    });
  }

  /**
   * All samples as { ms, number, width, height, box, score, said }: `ms` since the first, the size of the picture, and the
   * box in its pixels; faces that were not seen have none.
   */
  get samples() {
    return this.#samples;
  }

  /** The time of the last answer, in ms since the first. */
  get ms() {
    return this.#start === undefined ? 0 : this.#last - this.#start;
  }

  /** The face seen last, the first of several. */
  get latest() {
    const last = this.#samples.at(-1)?.ms;
    return this.#after((sample) => sample.ms < last)[0]?.number;
  }

  /** A face's samples of the last `ms`. */
  recent(number, ms) {
    return this.#after((sample) => sample.ms < this.ms - ms).filter((sample) => sample.number === number);
  }

  /**
   * Each face as { number, ms, usual }: how long it was seen, and for each network the mean `years`, or else
   * the commonest `label` and the `share` of the time it had.
   */
  summary() {
    const tallies = [...this.#tallies].sort(([a], [b]) => a - b);
    return tallies.map(([number, tally]) => ({ number, ms: tally.ms, usual: tally.usual }));
  }

  /** The samples after the last that is `early`, looked for from the end. */
  #after(early) {
    return this.#samples.slice(this.#samples.findLastIndex(early) + 1);
  }
}

/** For how long a face was seen, and what each network said of it for how long. */
class Tally {
  ms = 0;
  #networks = {};

  add(said, ms) {
    this.ms += ms;
    for (const [network, { label, years }] of Object.entries(said)) {
      const sums = (this.#networks[network] ??= { ms: 0, labels: {} });
      sums.ms += ms;
      sums.labels[label] = (sums.labels[label] ?? 0) + ms;
      if (years !== undefined) sums.years = (sums.years ?? 0) + years * ms;
    }
  }

  get usual() {
    return Object.fromEntries(Object.entries(this.#networks).map(([network, sums]) => [network, usual(sums)]));
  }
}

function usual({ ms, labels, years }) {
  if (years !== undefined) return { years: years / ms };
  const [label, most] = Object.entries(labels).reduce((best, one) => (one[1] > best[1] ? one : best));
  return { label, share: most / ms };
}

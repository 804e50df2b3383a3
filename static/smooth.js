/** Scores that do not flicker: an exponential mean over time, for each face. No DOM in here. */

const OVER_MS = 500; // after which a change is shown to 63 %
const MEMORY_MS = 1_500;

export class Smooth {
  #faces = new Map();

  /** `predictions` ({ network: prediction }) of the face `number` as the mean of what was said until `now` (ms). */
  mean(number, predictions, now) {
    for (const [known, { now: then }] of this.#faces) if (now - then > MEMORY_MS) this.#faces.delete(known);
    const before = this.#faces.get(number);
    const share = before ? 1 - Math.exp(-(now - before.now) / OVER_MS) : 1;
    const mean = mapped(predictions, (name, said) => blend(before?.mean[name], said, share));
    this.#faces.set(number, { mean, now });
    return mean;
  }
}

function blend(before, said, share) {
  if (before === undefined) return said;
  const mix = (a, b) => a + (b - a) * share;
  const scores = mapped(said.scores, (label, score) => mix(before.scores[label] ?? score, score));
  const label = Object.keys(scores).reduce((best, name) => (scores[name] > scores[best] ? name : best));
  const mean = { ...said, label, score: scores[label], scores };
  if (said.years === undefined) return mean;
  const interval = said.interval.map((edge, end) => mix(before.interval[end], edge));
  return { ...mean, years: mix(before.years, said.years), interval };
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}

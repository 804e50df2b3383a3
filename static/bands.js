/** A chart's shapes: scores over time as bands that lie on each other and fill its height. No DOM in here. */

import { SLOW_MS } from "./tracks.js";

/**
 * An SVG path for each label, in `width` × 100 units: the last sample of all stands at the right edge at `end` (ms),
 * `span` ms lie to its left. `samples`: { ms, scores }, in order.
 */
export function bands(samples, { end, span, width = 1000 }) {
  const labels = Object.keys(samples[0]?.scores ?? {});
  const x = ({ ms }) => (width * (1 - (end - ms) / span)).toFixed(1);
  return labels.map((label, i) => ({ label, path: pieces(samples).map((piece) => band(piece, labels.slice(0, i), label, x)).join("") }));
}

/** The band of `label` on top of those `below` it. */
function band(samples, below, label, x) {
  const floors = samples.map(({ scores }) => below.reduce((sum, one) => sum + scores[one], 0));
  const at = (i, share) => `${x(samples[i])} ${(100 * (1 - Math.min(1, share))).toFixed(1)}`;
  const upper = samples.map(({ scores }, i) => at(i, floors[i] + scores[label]));
  const lower = samples.map((_, i) => at(i, floors[i])).reverse();
  return `M${[...upper, ...lower].join("L")}Z`;
}

/** The samples in pieces without a gap. */
function pieces(samples) {
  return samples.reduce((found, sample, i) => {
    if (i === 0 || sample.ms - samples[i - 1].ms > SLOW_MS) found.push([]);
    found.at(-1).push(sample);
    return found;
  }, []);
}

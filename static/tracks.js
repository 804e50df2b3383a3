/**
 * Which face is which: numbers that stay with a face from answer to answer. No DOM in here.
 *
 * A box belongs to the face that would be nearest by now had it gone on as before, so that two
 * faces that cross keep their numbers, even when one hides the other for a moment.
 */

import { shared } from "./geometry.js";

const MEMORY_MS = 1_500; // how long a face that is not found keeps its number
export const SLOW_MS = 10_000; // how late the next answer may be for the faces of the last to keep theirs
const COASTING_MS = 500; // how long it is thought to go on moving
const REACH = 1.2; // how far from there it may be, in its own sizes
const GROWTH = 2; // how many times larger or smaller

export class Tracks {
  #tracks = [];
  #count = 0;
  #last = -Infinity;

  /** The numbers, from 1, of the faces in `boxes` seen at `now` (ms). */
  number(boxes, now) {
    this.#tracks = this.#tracks.filter(({ seen }) => now - seen <= (seen === this.#last ? SLOW_MS : MEMORY_MS));
    this.#last = now;
    const found = new Map();
    for (const { track, box } of this.#pairs(boxes, now)) {
      if (found.has(box) || [...found.values()].includes(track)) continue;
      found.set(box, track);
    }
    return boxes.map((box) => (found.has(box) ? follow(found.get(box), box, now) : this.#begin(box, now)).number);
  }

  /** What may belong together, the best first. */
  #pairs(boxes, now) {
    return this.#tracks
      .flatMap((track) => boxes.map((box) => ({ track, box, cost: cost(track, box, now) })))
      .filter(({ cost }) => cost < Infinity)
      .sort((a, b) => a.cost - b.cost);
  }

  #begin(box, now) {
    const track = { number: ++this.#count, box, seen: now, speed: { x: 0, y: 0 } };
    this.#tracks.push(track);
    return track;
  }
}

/** The distance from where the face would be, in its sizes, less how well the boxes overlap. */
function cost(track, box, now) {
  const expected = moved(track.box, track.speed, Math.min(now - track.seen, COASTING_MS));
  const [a, b] = [size(expected), size(box)];
  const distance = Math.hypot(...["x", "y"].map((axis) => centre(expected)[axis] - centre(box)[axis])) / ((a + b) / 2);
  if (distance > REACH || Math.max(a / b, b / a) > GROWTH) return Infinity;
  return distance - overlap(expected, box);
}

function follow(track, box, now) {
  const ms = Math.max(1, now - track.seen);
  const [before, after] = [centre(track.box), centre(box)];
  const blend = (axis) => (track.speed[axis] + (after[axis] - before[axis]) / ms) / 2; // a found box trembles
  return Object.assign(track, { box, seen: now, speed: { x: blend("x"), y: blend("y") } });
}

function moved(box, speed, ms) {
  const [x, y] = [speed.x * ms, speed.y * ms];
  return { left: box.left + x, top: box.top + y, right: box.right + x, bottom: box.bottom + y };
}

function centre({ left, top, right, bottom }) {
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}

function size({ left, top, right, bottom }) {
  return Math.sqrt(Math.max(1, (right - left) * (bottom - top)));
}

/** The intersection of two boxes over their union. */
export function overlap(a, b) {
  const both = shared(a, b);
  return both / (size(a) ** 2 + size(b) ** 2 - both);
}

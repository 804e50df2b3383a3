/** Where boxes are between two answers: on their way from where they were seen to where they were found. No DOM. */

const LONGEST_MS = 250; // a box that still moves later would tell of a face that is elsewhere by now

export class Glide {
  #from = new Map();
  #to = new Map();
  #start = -Infinity;
  #span = 0;

  /** Aims at `boxes` (Map of number to box), answered at `now`; `exact` boxes are there at once. */
  aim(boxes, now, exact = false) {
    this.#from = this.at(now);
    this.#to = boxes;
    this.#span = exact ? 0 : Math.min(now - this.#start, LONGEST_MS); // as long as until the next answer, likely
    this.#start = now;
  }

  /** The boxes by number at `now`. A face that was not there before is where it was found. */
  at(now) {
    const way = this.#span > 0 ? Math.min(1, Math.max(0, (now - this.#start) / this.#span)) : 1;
    return new Map([...this.#to].map(([number, box]) => [number, between(this.#from.get(number) ?? box, box, way)]));
  }
}

function between(a, b, way) {
  return Object.fromEntries(Object.keys(b).map((side) => [side, a[side] + (b[side] - a[side]) * way]));
}

/** The corner of the stage that tells how fast all goes. */
export class Corner {
  #root;
  #ticks = [];

  /** `root` holds an element with data-figure="…" for each figure. */
  constructor(root) {
    this.#root = root;
  }

  /** `figures`: { latency, server } in ms, { sent, dropped } frames. */
  show(figures) {
    const past = performance.now() - 1000;
    this.#ticks = this.#ticks.filter((tick) => tick > past);
    const texts = {
      latency: `${Math.round(figures.latency)} ms`,
      server: figures.server === undefined ? "–" : `${Math.round(figures.server)} ms`,
      drawn: `${this.#ticks.length}/s`,
      sent: figures.sent,
      dropped: figures.dropped,
    };
    for (const [name, text] of Object.entries(texts)) this.#root.querySelector(`[data-figure=${name}]`).textContent = text;
  }

  /** Notes that the overlay was drawn at `now` (ms). */
  tick(now) {
    this.#ticks.push(now);
  }

  hide(hidden) {
    this.#root.hidden = hidden;
  }
}

const WHOLE = { maximumFractionDigits: 0 };

/**
 * All that the page says, in the language of its `texts` (texts/*.json). Labels and scores come from the answers;
 * a language that is not the cards' own translates their labels.
 */
export class Messages {
  #texts;
  #titles;
  #percent;
  #whole;
  #years;
  #wait;

  /** `titles`: those of the networks by name, from their cards in the page's language. */
  constructor(texts, titles = {}) {
    this.#texts = texts;
    this.#titles = titles;
    this.#percent = new Intl.NumberFormat(texts.language, { style: "percent" });
    this.#whole = new Intl.NumberFormat(texts.language, WHOLE);
    this.#years = new Intl.NumberFormat(texts.language, { ...WHOLE, style: "unit", unit: "year", unitDisplay: "long" });
    this.#wait = new Intl.NumberFormat(texts.language, { ...WHOLE, style: "unit", unit: "second", unitDisplay: "long" });
  }

  get status() {
    return this.#texts.status;
  }

  cameraTrouble(reason) {
    const [title, text] = this.#texts.cameraTrouble[reason] ?? this.#texts.cameraTrouble.unknown;
    return { title, text };
  }

  photoTrouble(error) {
    return { title: this.#texts.trouble.photo, text: this.explain(error), status: this.failed(error) };
  }

  /** What became of a picture that is not analysed: the server said no, or nothing. */
  failed(error) {
    const { lost, refused } = this.#texts.status;
    const { silent, late } = this.#texts.trouble;
    return [silent, late].includes(this.explain(error)) ? lost : refused;
  }

  refusal(error) {
    return { title: this.#texts.trouble.refused, text: this.explain(error) };
  }

  /** Why a picture is not answered, and when the next is tried. */
  liveTrouble(error, wait) {
    const { soon, later } = this.#texts.trouble;
    return `${this.explain(error)} ${wait <= 1000 ? soon : fill(later, { wait: this.#wait.format(wait / 1000) })}`;
  }

  explain(error) {
    const { silent, late, busy, server } = this.#texts.trouble;
    if (error.reason) return this.#texts.trouble[error.reason];
    if (error.late) return late;
    if (!("status" in error) || error.status === 502 || error.status === 504) return silent; // those are a proxy's
    if (error.status === 429 || error.status === 503) return busy;
    if (error.status in this.#texts.refusals) return this.#texts.refusals[error.status];
    return fill(server, { detail: error.message.replace(/\.?\s*$/, ".") }); // one full stop
  }

  count(faces) {
    const { none, one, many } = this.#texts.say;
    return faces === 0 ? none : faces === 1 ? one : fill(many, { count: faces });
  }

  /** "2 faces · answered in 48 ms" */
  summary(faces, ms) {
    return fill(this.#texts.status.summary, { faces: this.count(faces), ms: this.whole(ms) });
  }

  faceName(number) {
    return fill(this.#texts.say.face, { number });
  }

  cameraName(number) {
    return fill(this.#texts.say.cameraNumber, { number });
  }

  chart(number, network) {
    return fill(this.#texts.page.chart, { number, title: this.title(network) });
  }

  get unanswered() {
    return this.#texts.say.unanswered;
  }

  label(label) {
    return this.#texts.labels[label] ?? label;
  }

  title(network) {
    return this.#titles[network] ?? network;
  }

  percent(share) {
    return this.#percent.format(share);
  }

  whole(number) {
    return this.#whole.format(number);
  }

  seconds(ms) {
    return fill(this.#texts.say.seconds, { seconds: this.whole(ms / 1000) });
  }

  /** The headings of a run's summary, before the networks' titles. */
  get heads() {
    return [this.#texts.page.face, this.#texts.page.seen];
  }

  /** What a network usually said in a run, see History. */
  usual(usual) {
    if (!usual) return "–";
    if (usual.years !== undefined) return this.years(usual.years);
    return fill(this.#texts.say.usual, { label: this.label(usual.label), share: this.percent(usual.share) });
  }

  years(years) {
    return this.#years.format(years);
  }

  /** A prediction by the parts that a card shows. */
  fact(network, { label, score, years, interval }) {
    const heading = this.title(network);
    if (years === undefined) return { heading, value: this.label(label), score: this.percent(score), more: "" };
    const more = fill(this.#texts.say.between, this.#ends(interval));
    return { heading, value: this.years(years), score: `${this.label(label)}: ${this.percent(score)}`, more };
  }

  /** A prediction in as few words as will do, for the tag at a face. */
  brief({ label, score, years, interval }) {
    if (years === undefined) return `${this.label(label)} ${this.percent(score)}`;
    return fill(this.#texts.say.interval, { years: this.years(years), ...this.#ends(interval) });
  }

  /** All of a face's predictions so, as a list. */
  briefs(face) {
    return Object.entries(face.said).map(([, prediction]) => this.brief(prediction));
  }

  /** All faces in one text to be read out: labels alone, since figures change with every answer. */
  spoken(faces) {
    const labels = (face) => Object.entries(face.said).map(([, { label }]) => this.label(label)).join(", ");
    return [this.count(faces.length), ...faces.map((face) => `${this.faceName(face.number)}: ${labels(face)}`)].join(". ");
  }

  #ends([low, high]) {
    return { low: this.whole(low), high: this.whole(high) };
  }
}

/** `text` with the {names} in it replaced by values. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

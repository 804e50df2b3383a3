import { Album, failed } from "./album.js";
import { Camera, CameraError, cameraBack, cameras, onDevices } from "./camera.js";
import { Problem, photoAt, predict } from "./client.js";
import { csv, json } from "./export.js";
import { History } from "./history.js";
import { awake, watch } from "./live.js";
import { fitted, onPhotos, still } from "./photos.js";
import { run } from "./run.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { save } from "./snapshot.js";
import { View } from "./view.js";

const LONG_MS = 60_000; // a shorter run is soon made again

/** Joins the parts. One thing runs at a time, the camera or photos; its signal ends it. */
export class Page {
  #parts;
  #messages;
  #view;
  #camera;
  #settings;
  #running = new AbortController();
  #history = new History();
  #album; // while photos are shown
  #saved; // the run's last sample that was downloaded
  #again = {}; // what has to be done anew when a switch is turned, by the switch's name
  #cut; // what a run that was cut short goes on with

  /** `last`: the highest year that a network knows, by its name. */
  constructor(parts, messages, last) {
    this.#parts = parts;
    this.#messages = messages;
    this.#view = new View(parts, messages, last);
    this.#camera = new Camera(parts.video);
    this.#settings = new Settings(parts.settings, (name) => this.#change(name));
    this.#view.set(this.#settings.values);
    this.#listen();
  }

  #listen() {
    const clicks = {
      start: () => this.#start(),
      stop: () => this.#stop(),
      sample: () => this.#sample(),
      snapshot: () => this.#snapshot(),
      csv: () => this.#keep(csv, "csv"),
      json: () => this.#keep(json, "json"),
    };
    for (const [name, act] of Object.entries(clicks)) this.#parts[name].addEventListener("click", act);
    for (const button of document.querySelectorAll("[data-action=choose]")) button.addEventListener("click", () => this.#parts.file.click());
    onPhotos(this.#parts.file, this.#parts.stage, (files) => this.#photos(files));
    window.addEventListener("beforeunload", (event) => {
      if (this.#unsaved) event.returnValue = true; // preventDefault alone is not enough before Chrome 119
    });
  }

  #next() {
    this.#running.abort();
    this.#running = new AbortController();
    this.#again = {};
    this.#album = undefined;
    this.#view.offer(this.#history);
    return this.#running.signal;
  }

  #change(name) {
    this.#view.set(this.#settings.values);
    this.#again[name]?.();
  }

  /** Starts a new run, which takes the place of the last one, or goes on with one that was cut short. */
  #start() {
    if (this.#cut || !this.#unsaved || confirm(this.#messages.status.replace)) this.#live(this.#cut);
  }

  #stop() {
    this.#next();
    this.#cut = undefined;
    this.#view.idle();
    this.#parts.start.focus();
  }

  /** Runs the camera. `kept`: what a run that was cut short goes on with. `same`: with its camera and no other. */
  async #live(kept = { history: new History(), session: new Session() }, same = false) {
    const signal = this.#next();
    this.#view.starting();
    try {
      await this.#open(signal, kept, same);
      if (signal.aborted) return;
      this.#view.live();
      this.#cut = undefined;
      this.#history = kept.history;
      this.#view.past(this.#history);
      const parts = { camera: this.#camera, view: this.#view, messages: this.#messages, settings: this.#settings };
      await Promise.race([watch(run({ ...parts, ...kept, signal })), this.#camera.gone]); // whatever is waited for
    } catch (error) {
      if (!signal.aborted) await this.#recover(error, kept);
    }
  }

  /** Opens the chosen camera and offers all, which browsers tell only then, and whenever others come or go. */
  async #open(signal, kept, same) {
    const { camera: id, resolution: side } = this.#settings.values;
    const camera = () => this.#live(kept);
    this.#again = { camera }; // while the permission is waited for
    await this.#camera.open(signal, { id: same ? this.#camera.id : id, side, only: same });
    if (signal.aborted) return;
    this.#settings.face(this.#camera.facing);
    this.#view.set(this.#settings.values);
    const resized = () => this.#camera.resize(this.#settings.values.resolution);
    this.#again = { camera, resolution: resized };
    if (this.#settings.values.resolution !== side) resized(); // chosen meanwhile
    onDevices(() => this.#offer(signal), signal);
    await this.#offer(signal);
  }

  /** Offers all cameras there are, with the one that plays chosen. */
  async #offer(signal) {
    const named = (await cameras()).map(({ id, name }, i) => ({ id, name: name || this.#messages.cameraName(i + 1) }));
    if (named.length && !signal.aborted) this.#settings.offer(named, this.#camera.id);
  }

  /**
   * Says what is wrong; a new start goes on with the run. A camera that went away goes on by itself once it is back,
   * or at once where it went while nobody looked, but never before somebody looks.
   */
  async #recover(error, kept) {
    const signal = this.#next();
    this.#cut = kept;
    if (!error.unseen) this.#explain(error);
    if (error.reason !== "lost") return;
    if (!error.unseen) await cameraBack(this.#camera.id, signal);
    await awake();
    if (!signal.aborted) this.#live(kept, true);
  }

  #explain(error) {
    if (error instanceof Problem) return this.#view.trouble(this.#messages.refusal(error));
    if (!(error instanceof CameraError)) console.error(error);
    this.#view.trouble(this.#messages.cameraTrouble(error.reason));
  }

  async #photos(files) {
    const signal = this.#next();
    this.#view.photo();
    const stills = await Promise.all(files.map(still));
    if (signal.aborted) return;
    const urls = stills.map((file) => URL.createObjectURL(file));
    signal.addEventListener("abort", () => urls.forEach((url) => URL.revokeObjectURL(url)));
    const ask = (file, signal) => fitted(file, (picture) => predict(picture, signal, this.#settings.values));
    const explain = (error) => (error ? this.#messages.explain(error) : this.#messages.unanswered);
    const album = new Album(files.map((file, i) => ({ file, url: urls[i] })), ask, () => this.#present(album), explain);
    this.#again = { explain: () => album.analyse(signal) };
    this.#album = album;
    this.#view.album(album);
    await album.analyse(signal);
  }

  /** A photo alone that cannot be analysed gives its place to the reason. */
  #present(album) {
    if (failed(album.photo) && album.photos.length === 1) {
      this.#next();
      return this.#view.trouble(this.#messages.photoTrouble(album.photo.error));
    }
    this.#view.album(album, { landmarks: this.#settings.values.explain });
  }

  async #sample() {
    const signal = this.#next();
    this.#view.photo();
    try {
      const photo = await photoAt(this.#parts.sample.dataset.address, signal);
      if (!signal.aborted) this.#photos([photo]);
    } catch (error) {
      if (!signal.aborted) this.#view.trouble(this.#messages.photoTrouble(error));
    }
  }

  async #snapshot() {
    const picture = await this.#view.snapshot(this.#settings.values);
    if (picture) save(picture, "facelab.png");
  }

  /** Whether a long run would be lost with the page. */
  get #unsaved() {
    return this.#history.ms > LONG_MS && this.#history.samples.at(-1) !== this.#saved;
  }

  /** Keeps the samples of what is shown, as `write` writes them, under the time at which it began. */
  #keep(write, ending) {
    const { samples, began } = this.#album ?? this.#history;
    const type = { csv: "text/csv", json: "application/json" }[ending];
    if (!this.#album) this.#saved = samples.at(-1);
    save(new Blob([write(samples, began)], { type }), `facelab-${began.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`);
  }
}

import { Album } from "./album.js";
import { Camera, cameraChange, cameras } from "./camera.js";
import { photoAt, predict } from "./client.js";
import { csv, json } from "./export.js";
import { History } from "./history.js";
import { watch } from "./live.js";
import { fit, onPhotos } from "./photos.js";
import { run } from "./run.js";
import { Settings } from "./settings.js";
import { save } from "./snapshot.js";
import { View } from "./view.js";

const COMES_BACK = ["lost", "missing"]; // a camera that may be plugged in again

/** Joins the parts. One thing runs at a time, the camera or photos; its signal ends it. */
export class Page {
  #parts;
  #messages;
  #view;
  #camera;
  #settings;
  #running = new AbortController();
  #history = new History();
  #again = {}; // what has to be done anew when a switch is turned, by the switch's name

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
      start: () => this.#live(),
      stop: () => this.#stop(),
      sample: () => this.#sample(),
      snapshot: async () => save(await this.#view.snapshot(this.#settings.values), "facelab.png"),
      csv: () => this.#keep(csv(this.#history.samples), "csv"),
      json: () => this.#keep(json(this.#history.samples, this.#history.began), "json"),
    };
    for (const [name, act] of Object.entries(clicks)) this.#parts[name].addEventListener("click", act);
    for (const button of document.querySelectorAll("[data-action=choose]")) button.addEventListener("click", () => this.#parts.file.click());
    onPhotos(this.#parts.file, this.#parts.stage, (files) => this.#photos(files));
  }

  #next() {
    this.#running.abort();
    this.#running = new AbortController();
    this.#again = {};
    return this.#running.signal;
  }

  #change(name) {
    this.#view.set(this.#settings.values);
    this.#again[name]?.();
  }

  #stop() {
    this.#next();
    this.#view.idle();
    this.#parts.start.focus();
  }

  async #live() {
    const signal = this.#next();
    this.#view.starting();
    try {
      await this.#open(signal);
      if (signal.aborted) return;
      this.#view.live();
      this.#history = new History();
      this.#view.past(this.#history);
      await watch(this.#run(signal));
    } catch (error) {
      if (!signal.aborted) await this.#recover(error);
    }
  }

  #run(signal) {
    return run({
      camera: this.#camera,
      view: this.#view,
      messages: this.#messages,
      settings: this.#settings,
      history: this.#history,
      signal,
    });
  }

  /** Opens the chosen camera and offers all there are, which browsers tell only then. */
  async #open(signal) {
    const { camera: id, resolution: side } = this.#settings.values;
    await this.#camera.open(signal, { id, side });
    if (signal.aborted) return;
    this.#again = { camera: () => this.#live(), resolution: () => this.#live() };
    const named = (await cameras()).map(({ id, name }, i) => ({ id, name: name || this.#messages.cameraName(i + 1) }));
    this.#settings.offer(named, this.#camera.playing);
  }

  /** Says what is wrong with the camera. One that is not there is tried again when something changes. */
  async #recover({ reason = "unknown" }) {
    const signal = this.#next();
    this.#view.trouble(this.#messages.cameraTrouble(reason));
    if (!COMES_BACK.includes(reason)) return;
    await cameraChange(signal);
    if (!signal.aborted) this.#live();
  }

  async #photos(files) {
    const signal = this.#next();
    const urls = files.map((file) => URL.createObjectURL(file));
    signal.addEventListener("abort", () => urls.forEach((url) => URL.revokeObjectURL(url)));
    this.#view.photo();
    const ask = async (file) => predict(await fit(file), signal, this.#settings.values);
    const album = new Album(files.map((file, i) => ({ file, url: urls[i] })), ask, () => this.#present(album));
    this.#again = { explain: () => album.analyse(signal) };
    this.#view.album(album);
    await album.analyse(signal);
  }

  /** A photo alone that cannot be analysed gives its place to the reason. */
  #present(album) {
    const { error, wait } = album.photo;
    if (error && !wait && album.photos.length === 1) return this.#view.trouble(this.#messages.photoTrouble(error));
    this.#view.album(album, { landmarks: this.#settings.values.explain });
  }

  async #sample() {
    const signal = this.#next();
    try {
      const photo = await photoAt(this.#parts.sample.dataset.address);
      if (!signal.aborted) this.#photos([photo]);
    } catch (error) {
      if (!signal.aborted) this.#view.trouble(this.#messages.photoTrouble(error));
    }
  }

  /** Keeps something under the time at which the run began. */
  #keep(text, ending) {
    const type = { csv: "text/csv", json: "application/json" }[ending];
    save(new Blob([text], { type }), `facelab-${this.#history.began.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`);
  }
}

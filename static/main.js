import { Album } from "./album.js";
import { Camera, CameraError, cameraChange, cameras } from "./camera.js";
import { photoAt, predict } from "./client.js";
import { csv, json } from "./export.js";
import { History } from "./history.js";
import { awake, watch } from "./live.js";
import { Messages } from "./messages.js";
import { fit, onPhotos } from "./photos.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { save } from "./snapshot.js";
import { View } from "./view.js";

/** Joins the parts. One thing runs at a time, the camera or photos; its signal ends it. */
function main(parts, messages, last) {
  const view = new View(parts, messages, last);
  const camera = new Camera(parts.video);
  const settings = new Settings(parts.settings, change);
  let running = new AbortController();
  let history = new History();
  let again = {}; // what has to be done anew when a switch is turned, by the switch's name

  function next() {
    running.abort();
    running = new AbortController();
    again = {};
    return running.signal;
  }

  function change(name) {
    view.set(settings.values);
    again[name]?.();
  }

  function stop() {
    next();
    view.idle();
    parts.start.focus();
  }

  async function live() {
    const signal = next();
    const { camera: id, resolution: side } = settings.values;
    view.starting();
    try {
      await camera.open(signal, { id, side });
      if (signal.aborted) return;
      again = { camera: live, resolution: live };
      settings.offer(named(await cameras()), camera.playing);
      view.live();
      await watch(run(signal));
    } catch (error) {
      if (!signal.aborted) await recover(error);
    }
  }

  /** Says what is wrong with the camera. One that is not there is tried again when something changes. */
  async function recover({ reason = "unknown" }) {
    const signal = next();
    view.trouble(messages.cameraTrouble(reason));
    if (!["lost", "missing"].includes(reason)) return;
    await cameraChange(signal);
    if (!signal.aborted) live();
  }

  /** What `watch` needs for a run of the camera. */
  function run(signal) {
    const session = new Session();
    history = new History();
    view.past(history);
    const figures = { latency: 0, server: undefined, sent: 0, dropped: 0 };
    return {
      awake,
      frame: () => camera.frame(),
      predict: (picture) => {
        figures.sent += 1;
        return predict(picture, signal, settings.values);
      },
      show: (answer, ms) => {
        Object.assign(figures, { latency: ms, server: answer.timing_ms?.total });
        view.figures(figures);
        const { smooth, mirror, glide, explain } = settings.values;
        const now = performance.now();
        const shown = session.take(answer, now, { smooth });
        view.show(shown, ms, { mirrored: mirror, glide, landmarks: explain, live: true });
        history.add(shown, now);
        view.past(history);
      },
      fail: (error, wait) => {
        if (error instanceof CameraError) throw error;
        if (error.status === 413) camera.shrink();
        figures.dropped += 1;
        view.figures(figures);
        view.lose(messages.liveTrouble(error, wait));
      },
      signal,
    };
  }

  async function photos(files) {
    const signal = next();
    const urls = files.map((file) => URL.createObjectURL(file));
    signal.addEventListener("abort", () => urls.forEach((url) => URL.revokeObjectURL(url)));
    view.photo();
    const ask = async (file) => predict(await fit(file), signal, settings.values);
    const album = new Album(files.map((file, i) => ({ file, url: urls[i] })), ask, () => present(album));
    again = { explain: () => album.analyse(signal) };
    view.album(album);
    await album.analyse(signal);
  }

  /** A photo alone that cannot be analysed gives its place to the reason. */
  function present(album) {
    const { error } = album.photo;
    if (error && album.photos.length === 1) return view.trouble(messages.photoTrouble(error));
    view.album(album, { landmarks: settings.values.explain });
  }

  async function sample() {
    try {
      photos([await photoAt(parts.sample.dataset.address)]);
    } catch (error) {
      next();
      view.trouble(messages.photoTrouble(error));
    }
  }

  /** Keeps something under the time at which the run began. */
  function keep(text, type, ending) {
    save(new Blob([text], { type }), `facelab-${history.began.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`);
  }

  function named(cameras) {
    return cameras.map(({ id, name }, i) => ({ id, name: name || messages.cameraName(i + 1) }));
  }

  parts.start.addEventListener("click", live);
  parts.stop.addEventListener("click", stop);
  parts.sample.addEventListener("click", sample);
  parts.csv.addEventListener("click", () => keep(csv(history.samples), "text/csv", "csv"));
  parts.json.addEventListener("click", () => keep(json(history.samples, history.began), "application/json", "json"));
  parts.snapshot.addEventListener("click", async () => save(await view.snapshot(settings.values), "facelab.png"));
  for (const button of document.querySelectorAll("[data-action=choose]")) button.addEventListener("click", () => parts.file.click());
  onPhotos(parts.file, parts.stage, photos);
  view.set(settings.values);
}

function pairs(selector, pair) {
  return Object.fromEntries([...document.querySelectorAll(selector)].map(pair));
}

const texts = await fetch(new URL(`texts/${document.documentElement.lang}.json`, import.meta.url));
main(
  pairs("[id]", (element) => [element.id, element]),
  new Messages(await texts.json(), pairs("[data-network]", (element) => [element.dataset.network, element.textContent])),
  pairs("[data-last]", (element) => [element.dataset.network, Number(element.dataset.last)]),
);

import { Camera, CameraError } from "./camera.js";
import { predict } from "./client.js";
import { awake, watch } from "./live.js";
import { cameraTrouble, liveTrouble, photoTrouble } from "./messages.js";
import { onPhoto } from "./photo.js";
import { View } from "./view.js";

/** Joins the parts. One thing runs at a time, the camera or a photo; its signal ends it. */
function main(parts, titles) {
  const view = new View(parts, titles);
  const camera = new Camera(parts.video);
  let running = new AbortController();

  function next() {
    running.abort();
    running = new AbortController();
    return running.signal;
  }

  function stop() {
    next();
    view.idle();
    parts.start.focus();
  }

  async function live() {
    const signal = next();
    view.starting();
    try {
      await camera.open(signal);
      if (signal.aborted) return;
      view.live();
      await watch({
        awake,
        frame: () => camera.frame(),
        predict: (picture) => predict(picture, signal),
        show: (answer, ms) => view.show(answer, ms, true),
        fail: (error, wait) => {
          if (error instanceof CameraError) throw error;
          view.lose(liveTrouble(error, wait));
        },
        signal,
      });
    } catch (error) {
      if (signal.aborted) return;
      next();
      view.trouble(cameraTrouble(error.reason ?? "unknown"));
    }
  }

  async function photo(file) {
    const signal = next();
    const url = URL.createObjectURL(file);
    signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    view.photo(url);
    const start = performance.now();
    try {
      const answer = await predict(file, signal);
      view.show(answer, performance.now() - start, false);
    } catch (error) {
      if (!signal.aborted) view.trouble(photoTrouble(error));
    }
  }

  parts.start.addEventListener("click", live);
  parts.stop.addEventListener("click", stop);
  for (const button of document.querySelectorAll("[data-action=choose]")) button.addEventListener("click", () => parts.file.click());
  onPhoto(parts.file, parts.stage, photo);
}

function pairs(selector, pair) {
  return Object.fromEntries([...document.querySelectorAll(selector)].map(pair));
}

main(
  pairs("[id]", (element) => [element.id, element]),
  pairs("[data-network]", (element) => [element.dataset.network, element.textContent]),
);

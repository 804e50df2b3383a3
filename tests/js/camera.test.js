import assert from "node:assert/strict";
import test from "node:test";

import { Camera } from "../../static/camera.js";

/** A browser with one camera: its track, and a video element for it, with `video`'s own answers. */
function browser(video = {}) {
  const track = Object.assign(new EventTarget(), { stop() {}, getSettings: () => ({ deviceId: "a" }) });
  const stream = { active: true, getTracks: () => [track], getVideoTracks: () => [track] };
  const canvas = { getContext: () => ({ drawImage() {} }), toBlob: (done) => done("jpeg") };
  const globals = {
    window: { isSecureContext: true },
    document: { hidden: false, createElement: () => canvas },
    navigator: { mediaDevices: { getUserMedia: async () => stream } },
  };
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });
  const plays = { paused: false, videoWidth: 4, videoHeight: 3, play: async () => {}, requestVideoFrameCallback: setImmediate };
  return { track, video: { ...plays, ...video } };
}

const signal = () => new AbortController().signal;

test("a frame is a JPEG", async () => {
  const camera = new Camera(browser().video);
  await camera.open(signal());
  assert.equal(await camera.frame(), "jpeg");
});

test("a frame of no size is none", async () => {
  const camera = new Camera(browser({ videoWidth: 0, videoHeight: 0 }).video);
  await camera.open(signal());
  await assert.rejects(camera.frame(), { reason: "lost" });
});

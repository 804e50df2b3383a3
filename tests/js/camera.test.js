import assert from "node:assert/strict";
import test from "node:test";

import { Camera, cameraBack } from "../../static/camera.js";

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

/** What became of a promise after so many seconds. */
async function after(t, seconds, promise) {
  let end = "nothing";
  promise.then((value) => (end = value), (error) => (end = error.reason));
  for (let ms = 0; ms < 1000 * seconds; ms += 100) {
    t.mock.timers.tick(100);
    await new Promise(setImmediate);
  }
  return end;
}

const signal = () => new AbortController().signal;
const never = () => new Promise(() => {});

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

test("a camera that gives no picture in ten seconds is busy", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const opened = new Camera(browser({ play: never }).video).open(signal());
  assert.equal(await after(t, 9, opened), "nothing");
  assert.equal(await after(t, 2, opened), "busy");
});

test("a camera has all the time while nobody looks", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const opened = new Camera(browser({ play: never }).video).open(signal());
  document.hidden = true;
  assert.equal(await after(t, 20, opened), "nothing");
  document.hidden = false;
  assert.equal(await after(t, 9, opened), "nothing");
  assert.equal(await after(t, 2, opened), "busy");
});

test("a camera that goes while it is opened is lost", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { track, video } = browser({ play: never });
  const opened = new Camera(video).open(signal());
  assert.equal(await after(t, 1, opened), "nothing");
  track.dispatchEvent(new Event("ended"));
  assert.equal(await after(t, 0.1, opened), "lost");
});

test("a camera says when it goes, and whether somebody looked", async () => {
  for (const hidden of [false, true]) {
    const { track, video } = browser();
    const camera = new Camera(video);
    await camera.open(signal());
    document.hidden = hidden;
    track.dispatchEvent(new Event("ended"));
    await assert.rejects(camera.gone, { reason: "lost", unseen: hidden });
    assert.equal(camera.id, "a");
  }
});

test("a camera that comes back while others are counted is not missed", async () => {
  browser();
  const lists = [[], [{ kind: "videoinput", deviceId: "a" }]];
  const devices = Object.assign(new EventTarget(), { enumerateDevices: async () => lists.shift() });
  navigator.mediaDevices = devices;
  const back = cameraBack("a", signal());
  devices.dispatchEvent(new Event("devicechange"));
  devices.dispatchEvent(new Event("devicechange"));
  await back;
});

test("a camera that is paused and plays no more is lost", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { video } = browser({ requestVideoFrameCallback() {}, cancelVideoFrameCallback() {} });
  const camera = new Camera(video);
  await camera.open(signal());
  Object.assign(video, { paused: true, play: never });
  assert.equal(await after(t, 4, camera.frame()), "lost");
});

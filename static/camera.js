import { shrink } from "./geometry.js";
import { pause } from "./live.js";

const QUALITY = 0.85;
const SMALLEST = 160;
const WAIT_MS = 500; // for a frame
const WAITS = 6; // in vain, until a camera is given up
const FIRST_WAITS = 20; // likewise for its first frame

/** https://developer.mozilla.org/docs/Web/API/MediaDevices/getUserMedia#exceptions */
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** `reason` is one of insecure, unsupported, denied, missing, busy, lost, unknown. `unseen`: while the page was hidden. */
export class CameraError extends Error {
  constructor(reason, unseen = false) {
    super(reason);
    this.reason = reason;
    this.unseen = unseen;
  }
}

/** The user's camera, playing in a video element. */
export class Camera {
  #video;
  #stream = null;
  #side = 640;
  #canvas = document.createElement("canvas");

  /** The id of the camera that was opened last, and where it looks: "user", "environment", … or unknown. */
  id = "";
  facing;
  /** Rejects with CameraError once that camera goes away. */
  gone;

  constructor(video) {
    this.#video = video;
  }

  /**
   * Asks for a camera, any if `id` is empty, with pictures `side` pixels wide, and plays it until `signal` is
   * aborted. `only`: no other will do where that one is gone. Rejects with CameraError.
   */
  async open(signal, { id = "", side = 640, only = false } = {}) {
    const stream = await request(id, side, only);
    signal.addEventListener("abort", () => this.#close(stream));
    if (signal.aborted) return this.#close(stream);
    const [track] = stream.getVideoTracks();
    ({ deviceId: this.id, facingMode: this.facing } = track.getSettings());
    this.gone = new Promise((_, reject) => track.addEventListener("ended", () => reject(new CameraError("lost", document.hidden))));
    this.#stream = stream;
    this.#side = side;
    this.#video.srcObject = stream;
    const played = this.#video.play().then(() => true);
    await this.#wait(() => Promise.race([played, this.gone, pause(WAIT_MS, signal)]), FIRST_WAITS, "busy");
  }

  /** The next frame as a JPEG. Rejects with CameraError when the camera was unplugged, or sends no more frames. */
  async frame() {
    await this.#wait(() => {
      if (this.#video.paused) this.#video.play().catch(() => {}); // phones pause what is not looked at
      return fresh(this.#video);
    }, WAITS, "lost");
    return this.#jpeg();
  }

  /** Waits until `came()` promises true. Gives the camera up, for `reason`, after so many `waits` of a page that is seen. */
  async #wait(came, waits, reason) {
    for (let left = waits; left > 0; left = document.hidden ? waits : left - 1) {
      if (!this.#stream?.active) throw new CameraError("lost");
      if (await came()) return;
    }
    throw new CameraError(reason);
  }

  async #jpeg() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width) throw new CameraError("lost"); // a camera that went away has frames of no size
    const size = shrink({ width, height }, this.#side);
    Object.assign(this.#canvas, size);
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, size.width, size.height);
    const jpeg = await new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!jpeg) throw new CameraError("lost");
    return jpeg;
  }

  /** Pictures `side` pixels wide from now on. */
  async resize(side) {
    this.#side = side;
    const [track] = this.#stream?.getVideoTracks() ?? [];
    await track?.applyConstraints(dimensions(side)).catch(() => {}); // a camera that cannot: its frames are shrunk
  }

  /** Frames half as wide from now on, for a server that finds them too large. */
  shrink() {
    this.#side = Math.max(SMALLEST, this.#side / 2);
  }

  #close(stream) {
    for (const track of stream.getTracks()) track.stop();
    if (this.#stream !== stream) return;
    this.#stream = this.#video.srcObject = null;
  }
}

/** The cameras there are, as { id, name }; browsers tell them once one was allowed. */
export async function cameras() {
  const devices = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Calls `changed()` when devices came or went, until `signal` is aborted. */
export function onDevices(changed, signal) {
  navigator.mediaDevices?.addEventListener("devicechange", changed, { signal });
}

/** Resolves when devices came or went and the camera `id` is among them, never once `signal` is aborted. */
export function cameraBack(id, signal) {
  return new Promise((resolve) => {
    onDevices(async () => (await cameras()).some((camera) => camera.id === id) && resolve(), signal);
  });
}

function dimensions(side) {
  return { width: { ideal: side }, height: { ideal: (side * 3) / 4 } };
}

function wish(id, side) {
  const which = id ? { deviceId: { exact: id } } : { facingMode: "user" };
  return { audio: false, video: { ...which, ...dimensions(side) } };
}

async function request(id, side, only) {
  // Browsers hide the cameras from pages that came over plain HTTP.
  if (!window.isSecureContext) throw new CameraError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  try {
    return await navigator.mediaDevices.getUserMedia(wish(id, side));
  } catch (error) {
    const gone = id && (error.name === "OverconstrainedError" || (only && error.name === "NotFoundError")); // the latter where none is left
    if (gone && !only) return request("", side); // another will do
    throw new CameraError(gone ? "lost" : (REASONS[error.name] ?? "unknown"));
  }
}

/** Waits for a frame that was not seen before; tells whether one came in time: an unplugged camera has none. */
function fresh(video) {
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      video.cancelVideoFrameCallback ? video.cancelVideoFrameCallback(asked) : cancelAnimationFrame(asked);
      resolve(false);
    }, WAIT_MS);
    const came = () => {
      clearTimeout(late);
      resolve(true);
    };
    const asked = video.requestVideoFrameCallback ? video.requestVideoFrameCallback(came) : requestAnimationFrame(came);
  });
}

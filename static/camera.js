import { shrink } from "./geometry.js";

const QUALITY = 0.85;
const SMALLEST = 160;

/** https://developer.mozilla.org/docs/Web/API/MediaDevices/getUserMedia#exceptions */
const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** `reason` is one of insecure, unsupported, denied, missing, busy, lost, unknown. */
export class CameraError extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** The user's camera, playing in a video element. */
export class Camera {
  #video;
  #stream = null;
  #side = 640;
  #canvas = document.createElement("canvas");

  constructor(video) {
    this.#video = video;
  }

  /** The id of the camera that plays, if any. */
  get playing() {
    return this.#stream?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  /**
   * Asks for a camera, any if `id` is empty, with pictures `side` pixels wide, and plays it until `signal` is
   * aborted. Rejects with CameraError.
   */
  async open(signal, { id = "", side = 640 } = {}) {
    const stream = await request(id, side);
    signal.addEventListener("abort", () => this.#close(stream));
    if (signal.aborted) return this.#close(stream);
    this.#stream = stream;
    this.#side = side;
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  /** The next frame as a JPEG. Rejects with CameraError when the camera was unplugged. */
  async frame() {
    if (!this.#stream?.active) throw new CameraError("lost");
    if (this.#video.paused) await this.#video.play(); // phones pause the video of a page that is not looked at
    await fresh(this.#video);
    const size = shrink({ width: this.#video.videoWidth, height: this.#video.videoHeight }, this.#side);
    Object.assign(this.#canvas, size);
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, size.width, size.height);
    const jpeg = await new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!jpeg) throw new CameraError("lost"); // a camera that went away has frames of no size
    return jpeg;
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
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Resolves when a device comes or goes, or the page is looked at again, as after a sleep. */
export function cameraChange(signal) {
  return new Promise((resolve) => {
    navigator.mediaDevices?.addEventListener("devicechange", resolve, { once: true, signal });
    const seen = () => document.hidden || resolve();
    document.addEventListener("visibilitychange", seen, { signal });
  });
}

function wish(id, side) {
  const which = id ? { deviceId: { exact: id } } : { facingMode: "user" };
  return { audio: false, video: { ...which, width: { ideal: side }, height: { ideal: (side * 3) / 4 } } };
}

async function request(id, side) {
  // Browsers hide the cameras from pages that came over plain HTTP.
  if (!window.isSecureContext) throw new CameraError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  try {
    return await navigator.mediaDevices.getUserMedia(wish(id, side));
  } catch (error) {
    if (id && error.name === "OverconstrainedError") return request("", side); // that camera is gone, another will do
    throw new CameraError(REASONS[error.name] ?? "unknown");
  }
}

/** Waits for a frame that was not seen before, half a second at most: an unplugged camera has none. */
function fresh(video) {
  return new Promise((resolve) => {
    setTimeout(resolve, 500);
    video.requestVideoFrameCallback ? video.requestVideoFrameCallback(resolve) : requestAnimationFrame(resolve);
  });
}

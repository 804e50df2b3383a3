import { shrink } from "./geometry.js";

const WISH = { audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } } };
const LONGER_SIDE = 640;
const QUALITY = 0.85;

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
  #canvas = document.createElement("canvas");

  constructor(video) {
    this.#video = video;
  }

  /** Asks for the camera and plays it until `signal` is aborted. Rejects with CameraError. */
  async open(signal) {
    const stream = await request();
    signal.addEventListener("abort", () => this.#close(stream));
    if (signal.aborted) return this.#close(stream);
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  /** The next frame as a JPEG. Rejects with CameraError when the camera was unplugged. */
  async frame() {
    if (!this.#stream?.active) throw new CameraError("lost");
    await fresh(this.#video);
    const size = shrink({ width: this.#video.videoWidth, height: this.#video.videoHeight }, LONGER_SIDE);
    Object.assign(this.#canvas, size);
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0, size.width, size.height);
    const jpeg = await new Promise((resolve) => this.#canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!jpeg) throw new CameraError("lost"); // a camera that went away has frames of no size
    return jpeg;
  }

  #close(stream) {
    for (const track of stream.getTracks()) track.stop();
    if (this.#stream !== stream) return;
    this.#stream = this.#video.srcObject = null;
  }
}

async function request() {
  // Browsers hide the cameras from pages that came over plain HTTP.
  if (!window.isSecureContext) throw new CameraError("insecure");
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError("unsupported");
  try {
    return await navigator.mediaDevices.getUserMedia(WISH);
  } catch (error) {
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

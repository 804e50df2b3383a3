import { shrink } from "./geometry.js";

// What servers and browsers see alike: browsers do not turn WebP as its EXIF note says.
const ALIKE = ["image/jpeg", "image/png", "image/gif"];
const MOVING = ["image/gif", "image/webp"]; // or may be
const LONGER_SIDE = 1_600; // more finds no more faces, and takes longer to send
const SMALLEST = 200;
const QUALITY = 0.9;
const LARGEST_UNREAD = 15_000_000; // bytes of a file that the browser cannot draw; servers as a rule take no larger one

/** A file that is none, a folder or gone, or no photo; `large`: one that is too large for the browser. */
export class Unreadable extends Error {
  constructor(name, large = false) {
    super(name);
    this.reason = large ? "large" : "unreadable";
  }
}

/** Calls `take(files)` for photos that are chosen with `input`, dropped on the page or pasted. */
export function onPhotos(input, stage, take) {
  const given = (files) => files.length > 0 && take([...files]);
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = ""; // so that the same file can be chosen again
    given(files);
  });
  document.addEventListener("paste", (event) => given(event.clipboardData?.files ?? []));
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    stage.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) stage.classList.remove("dropping"); // the pointer left the window
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    stage.classList.remove("dropping");
    given(event.dataTransfer.files);
  });
}

/** What `ask(picture)` answers for a photo: it is asked with ever smaller ones while they are too large or too long under way. */
export async function fitted(file, ask) {
  let sent, refusal;
  for (let side = LONGER_SIDE; ; side /= 2) {
    const picture = await fit(file, side);
    if (picture === sent) throw refusal; // the browser cannot make it smaller
    try {
      return await ask(picture);
    } catch (error) {
      if (side <= SMALLEST || !(error.status === 413 || error.late)) throw error;
      sent = picture;
      refusal = error;
    }
  }
}

/**
 * What is sent for a photo: itself, or a JPEG no longer than `side` pixels where it is larger, where it was too large
 * before, or in a format that only the browser reads. Rejects with Unreadable.
 */
export async function fit(file, side = LONGER_SIDE) {
  const bitmap = await upright(file);
  if (!bitmap) return readable(file); // the server says what is wrong with it
  const size = shrink(bitmap, side);
  const whole = side === LONGER_SIDE && size.width === bitmap.width && ALIKE.includes(file.type);
  const picture = whole ? file : await drawn(bitmap, size);
  bitmap.close();
  if (!picture) throw new Unreadable(file.name, true);
  return picture;
}

/** What is shown of a photo: itself, or the first picture of one that moves, which is the one that is analysed. */
export async function still(file) {
  const bitmap = MOVING.includes(file.type) && (await upright(file));
  if (!bitmap) return file;
  const picture = await drawn(bitmap, shrink(bitmap, LONGER_SIDE));
  bitmap.close();
  return picture ?? file;
}

async function readable(file) {
  const other = file.type && !file.type.startsWith("image/"); // a film or a text
  const there = await file.slice(0, 1).arrayBuffer().catch(() => null);
  if (other || !there) throw new Unreadable(file.name);
  if (file.size > LARGEST_UNREAD) throw new Unreadable(file.name, true);
  return file;
}

/** The photo's pixels as its EXIF note wants them turned; null where the browser cannot read it. */
async function upright(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
}

function drawn(bitmap, size) {
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG knows no transparency
  context.fillRect(0, 0, size.width, size.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, size.width, size.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

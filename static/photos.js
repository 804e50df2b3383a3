import { Problem } from "./client.js";
import { shrink } from "./geometry.js";

const READ = ["image/jpeg", "image/png", "image/webp", "image/gif"]; // by the server
const LONGER_SIDE = 1_600; // more finds no more faces, and takes longer to send
const QUALITY = 0.9;

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

/**
 * What is sent for a photo: itself, or a smaller JPEG where it is large or in a format that only the browser reads.
 * Rejects with Problem where it cannot be read, as a folder or a file that is gone.
 */
export async function fit(file) {
  const bitmap = await upright(file);
  if (!bitmap) return readable(file); // the server says what is wrong with it
  const size = shrink(bitmap, LONGER_SIDE);
  const small = size.width === bitmap.width && READ.includes(file.type) ? file : await drawn(bitmap, size);
  bitmap.close();
  return small;
}

async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return file;
  } catch {
    throw new Problem(415, "a picture was expected, this file cannot be read");
  }
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

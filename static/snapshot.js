import { beside, shrink } from "./geometry.js";

const LONGER_SIDE = 2_560;
const READABLE = 512; // pixels of the longer side, for the tags to be read

/**
 * A picture (video or img) with marks as a PNG. `marks`: { box, colour, number, texts }, boxes as shares of the
 * picture as it is seen. Null where there is no picture (yet).
 */
export async function snapshot(picture, marks, mirrored) {
  const [width, height] = [picture.videoWidth || picture.naturalWidth, picture.videoHeight || picture.naturalHeight];
  if (!width) return null;
  const enlarged = Math.max(1, READABLE / Math.max(width, height));
  const size = shrink({ width: Math.round(width * enlarged), height: Math.round(height * enlarged) }, LONGER_SIDE);
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? size.width : 0, 0);
  context.drawImage(picture, 0, 0, size.width, size.height);
  context.resetTransform();
  const unit = Math.max(size.width, size.height) / 800; // a pixel on a screen
  context.scale(unit, unit);
  annotate(context, marks, { width: size.width / unit, height: size.height / unit });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Hands a file to the browser to keep. */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // the browser reads it after the click
}

function scaled({ left, top, right, bottom }, { width, height }) {
  return { left: left * width, top: top * height, right: right * width, bottom: bottom * height };
}

function annotate(context, marks, stage) {
  const boxes = marks.map(({ box }) => scaled(box, stage));
  const labels = marks.map(written);
  const sizes = labels.map(({ tag, number }) => ({ tag: measured(context, tag), number: measured(context, number) }));
  marks.forEach(({ colour }, i) => outline(context, boxes[i], colour));
  beside(boxes, sizes, stage).forEach((at, i) => label(context, at.alone ? labels[i].number : labels[i].tag, at));
}

function outline(context, { left, top, right, bottom }, colour) {
  for (const [strokeStyle, lineWidth] of [["rgb(0 0 0 / 50%)", 4], [colour, 2]]) {
    Object.assign(context, { strokeStyle, lineWidth });
    context.beginPath();
    context.roundRect(left, top, right - left, bottom - top, 10);
    context.stroke();
  }
}

/** The tag and the number alone, each as lines of [text, font, colour] and their margins. */
function written({ number, colour, texts: [first = "", ...others] }) {
  const bold = "600 15px sans-serif";
  const lines = [[`${number}  ${first}`, bold, colour], [others.join(" · "), "13px sans-serif", "#d5d9dc"]];
  return { tag: { lines: lines.filter(([text]) => text), margins: [9, 4] }, number: { lines: [[`${number}`, bold, colour]], margins: [4, 0] } };
}

function measured(context, { lines, margins: [x, y] }) {
  const widths = lines.map(([text, font]) => Object.assign(context, { font }).measureText(text).width);
  return { width: Math.max(...widths) + 2 * x, height: lines.length * 20 + 2 * y };
}

function label(context, { lines, margins: [x, y] }, { left, top, right, bottom, scale }) {
  context.save();
  context.translate(left, top);
  context.scale(scale, scale);
  context.fillStyle = "rgb(16 18 20 / 84%)";
  context.beginPath();
  context.roundRect(0, 0, (right - left) / scale, (bottom - top) / scale, 8);
  context.fill();
  lines.forEach(([text, font, fillStyle], i) => {
    Object.assign(context, { font, fillStyle, textBaseline: "middle" });
    context.fillText(text, x, y + 10 + 20 * i);
  });
  context.restore();
}

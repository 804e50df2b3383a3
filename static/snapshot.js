import { beside, shrink } from "./geometry.js";

const LONGER_SIDE = 2_560;

/**
 * A picture (video or img) with marks as a PNG. `marks`: { box, colour, number, texts }, boxes as shares of the
 * picture as it is seen. Null where there is no picture (yet).
 */
export async function snapshot(picture, marks, mirrored) {
  const size = shrink({ width: picture.videoWidth || picture.naturalWidth, height: picture.videoHeight || picture.naturalHeight }, LONGER_SIDE);
  if (!size.width) return null;
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.setTransform(mirrored ? -1 : 1, 0, 0, 1, mirrored ? size.width : 0, 0);
  context.drawImage(picture, 0, 0, size.width, size.height);
  context.resetTransform();
  const unit = Math.max(size.width, size.height) / 800; // a pixel on a screen
  for (const mark of marks) outline(context, scaled(mark.box, size), mark.colour, unit);
  for (const mark of marks) label(context, scaled(mark.box, size), mark, size, unit);
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

function outline(context, { left, top, right, bottom }, colour, unit) {
  for (const [style, width] of [["rgb(0 0 0 / 50%)", 4], [colour, 2]]) {
    Object.assign(context, { strokeStyle: style, lineWidth: width * unit });
    context.beginPath();
    context.roundRect(left, top, right - left, bottom - top, 10 * unit);
    context.stroke();
  }
}

function label(context, box, { number, colour, texts: [first = "", ...others] }, stage, unit) {
  const lines = [[`${number}  ${first}`, `600 ${15 * unit}px sans-serif`, colour], [others.join(" · "), `${13 * unit}px sans-serif`, "#d5d9dc"]];
  const shown = lines.filter(([text]) => text);
  const widths = shown.map(([text, font]) => Object.assign(context, { font }).measureText(text).width);
  const tag = { width: Math.max(...widths) + 18 * unit, height: (shown.length * 20 + 8) * unit };
  const { left, top } = beside(box, tag, stage, 6 * unit);
  context.fillStyle = "rgb(16 18 20 / 84%)";
  context.beginPath();
  context.roundRect(left, top, tag.width, tag.height, 8 * unit);
  context.fill();
  shown.forEach(([text, font, fillStyle], i) => {
    Object.assign(context, { font, fillStyle, textBaseline: "middle" });
    context.fillText(text, left + 9 * unit, top + (14 + 20 * i) * unit);
  });
}

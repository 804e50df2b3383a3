/** A heat map's colours: warm where the label's odds fall without a part of the face, cool where they rise. */

const [WARM, COOL] = [[255, 96, 32], [64, 140, 255]];
const FAINTEST = 0.1; // smaller changes of the log-odds are noise, not worth the full colour
const STRONGEST = 200; // of 255: the face has to be seen under it

/** The pixels (RGBA) of `heat`, rows of numbers. */
export function colours(heat) {
  const most = Math.max(FAINTEST, ...heat.flat().map(Math.abs));
  return heat.flat().flatMap((fall) => [...(fall > 0 ? WARM : COOL), Math.round((STRONGEST * Math.abs(fall)) / most)]);
}

/** Paints `heat` on a canvas, which takes a pixel for each number; the browser smooths what it enlarges. */
export function paint(canvas, heat) {
  Object.assign(canvas, { width: heat[0].length, height: heat.length });
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(colours(heat)), canvas.width), 0, 0);
}

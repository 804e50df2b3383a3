/** A face's landmarks as an SVG path of dots in its box, which is 100 × 100 units: so they go with the box. No DOM. */
export function dots({ box, landmarks }, mirrored) {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  return landmarks
    .map(([x, y]) => [(100 * (x - box.left)) / width, (100 * (y - box.top)) / height])
    .map(([x, y]) => `M${(mirrored ? 100 - x : x).toFixed(1)} ${y.toFixed(1)}h0`)
    .join("");
}

/**
 * Where things lie. Sizes are { width, height }, boxes { left, top, right, bottom };
 * pixels of the picture in, CSS pixels of the stage out. No DOM in here.
 */

/** Where `object-fit: contain` puts a picture on a stage. */
export function contain(picture, stage) {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  return {
    left: (stage.width - picture.width * scale) / 2,
    top: (stage.height - picture.height * scale) / 2,
    scale,
  };
}

/** The box turned over about the picture's vertical middle. */
export function mirror(box, picture) {
  return { ...box, left: picture.width - box.right, right: picture.width - box.left };
}

/** The box as shares of its picture's sides. */
export function shares({ left, top, right, bottom }, { width, height }) {
  return { left: left / width, top: top / height, right: right / width, bottom: bottom / height };
}

/** Where a box of the picture lies on the stage. */
export function place(box, picture, stage, mirrored) {
  const seen = mirrored ? mirror(box, picture) : box;
  const { left, top, scale } = contain(picture, stage);
  return {
    left: left + seen.left * scale,
    top: top + seen.top * scale,
    right: left + seen.right * scale,
    bottom: top + seen.bottom * scale,
  };
}

/** The upper left corner of a tag: above its box, or below where there is no room, and never off the stage. */
export function beside(box, tag, stage, gap = 6) {
  const above = box.top - tag.height - gap;
  return {
    left: clamp(box.left, gap, stage.width - tag.width - gap),
    top: clamp(above < gap ? box.bottom + gap : above, gap, stage.height - tag.height - gap),
  };
}

function clamp(value, lowest, highest) {
  return Math.max(lowest, Math.min(value, highest));
}

/** The size of a picture scaled down, never up, so that its longer side is at most `side`. */
export function shrink({ width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

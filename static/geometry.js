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

/** The area that two boxes share. */
export function shared(a, b) {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * Where the tags of boxes are drawn, as boxes with { scale, alone }; `sizes`: those of { tag, number } for each. The first
 * box chooses first: above it, below, right or left, never off the stage, on a box or on another's tag. Where no place is
 * left, the number stands `alone` in the box, scaled down to a third of its height; a sole box has its tag on it.
 */
export function beside(boxes, sizes, stage, gap = 6) {
  const taken = [...boxes];
  boxes.forEach((box, i) => taken.push(choose(box, sizes[i], taken, stage, gap)));
  return taken.slice(boxes.length);
}

function choose(box, { tag, number }, taken, stage, gap) {
  const places = around(box, tag, stage, gap);
  const free = places.find((at) => covered(at, taken) === 0);
  const others = taken.filter((one) => one !== box);
  return free ?? (others.length === 0 ? places[1] : clearest(corners(box, number, stage), others));
}

function around({ left, top, right, bottom }, tag, stage, gap) {
  const places = [[left, top - tag.height - gap], [left, bottom + gap], [right + gap, top], [left - tag.width - gap, top]];
  return places.map((at) => within(stage, at, tag, gap));
}

function corners({ left, top, right, bottom }, number, stage) {
  const scale = Math.min(1, (right - left) / number.width, (bottom - top) / 3 / number.height);
  const [width, height] = [number.width * scale, number.height * scale];
  const places = [[left, top], [right - width, top], [left, bottom - height], [right - width, bottom - height]];
  return places.map((at) => ({ ...within(stage, at, { width, height }, 0), scale, alone: true }));
}

/** The first that covers least of the others, but for rounding. */
function clearest(places, others) {
  return places.reduce((best, at) => (covered(at, others) < covered(best, others) - 1 ? at : best));
}

/** A box of that size at a point, or as near to it as the stage has room. */
function within(stage, [x, y], { width, height }, gap) {
  const left = clamp(x, gap, stage.width - width - gap);
  const top = clamp(y, gap, stage.height - height - gap);
  return { left, top, right: left + width, bottom: top + height, scale: 1, alone: false };
}

function covered(box, others) {
  return others.reduce((sum, other) => sum + shared(box, other), 0);
}

function clamp(value, lowest, highest) {
  return Math.max(lowest, Math.min(value, highest));
}

/** The size of a picture scaled down, never up, so that its longer side is at most `side`. */
export function shrink({ width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

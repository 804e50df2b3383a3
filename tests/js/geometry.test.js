import assert from "node:assert/strict";
import test from "node:test";

import { beside, contain, mirror, place, shared, shrink } from "../../static/geometry.js";

const picture = { width: 640, height: 480 };
const box = { left: 100, top: 50, right: 200, bottom: 150 };

test("a picture as wide as the stage has bars above and below", () => {
  assert.deepEqual(contain(picture, { width: 320, height: 440 }), { left: 0, top: 100, scale: 0.5 });
});

test("a picture as high as the stage has bars at its sides", () => {
  assert.deepEqual(contain(picture, { width: 1000, height: 480 }), { left: 180, top: 0, scale: 1 });
});

test("mirroring swaps and keeps the sides in order, and twice is not at all", () => {
  assert.deepEqual(mirror(box, picture), { left: 440, top: 50, right: 540, bottom: 150 });
  assert.deepEqual(mirror(mirror(box, picture), picture), box);
});

test("a box is scaled, moved and mirrored with its picture", () => {
  const stage = { width: 320, height: 440 };
  assert.deepEqual(place(box, picture, stage, false), { left: 50, top: 125, right: 100, bottom: 175 });
  assert.deepEqual(place(box, picture, stage, true), { left: 220, top: 125, right: 270, bottom: 175 });
});

test("boxes share what both cover", () => {
  assert.equal(shared(box, { left: 150, top: 0, right: 300, bottom: 60 }), 50 * 10);
  assert.equal(shared(box, { left: 200, top: 50, right: 300, bottom: 150 }), 0);
  assert.equal(shared(box, { left: 300, top: 300, right: 400, bottom: 400 }), 0);
});

const stage = { width: 640, height: 480 };
const size = { tag: { width: 120, height: 40 }, number: { width: 20, height: 16 } };

function square(left, top, side = 100) {
  return { left, top, right: left + side, bottom: top + side };
}

/** Where the first box's tag is among others. */
function tagOf(...boxes) {
  return beside(boxes, boxes.map(() => size), stage)[0];
}

test("a sole tag stands above its box, below where there is no room, and never off the stage", () => {
  for (const [box, left, top] of [
    [square(100, 100), 100, 54],
    [square(100, 20), 100, 126],
    [square(600, 100), 514, 54],
    [square(-50, -50, 950), 6, 434],
    [{ left: 100, top: 30, right: 200, bottom: 450 }, 206, 30],
    [{ left: 500, top: 30, right: 600, bottom: 450 }, 374, 30],
  ]) assert.deepEqual(tagOf(box), { left, top, right: left + 120, bottom: top + 40, scale: 1, alone: false });
});

test("a tag stands above, below, right or left, where no other box is, or else its number in a corner", () => {
  const [above, below, right, left] = [square(200, 80), square(200, 320), square(320, 200), square(80, 200)];
  for (const [others, x, y, alone] of [
    [[], 200, 154, false],
    [[above], 200, 306, false],
    [[above, below], 306, 200, false],
    [[above, below, right], 74, 200, false],
    [[above, below, right, left], 200, 200, true],
    [[above, below, right, left, square(150, 150)], 280, 200, true],
    [[above, below, right, left, square(150, 150), square(250, 150)], 200, 284, true],
  ]) {
    const at = tagOf(square(200, 200), ...others);
    assert.deepEqual([at.left, at.top, at.alone], [x, y, alone]);
  }
});

test("a number alone is never larger than its box is wide, or a third of its height", () => {
  const crowd = (side) => [0, 1, 2].flatMap((row) => [0, 1, 2].map((column) => square(200 + column * side, 200 + row * side, side)));
  for (const [side, scale] of [[60, 1], [24, 0.5], [6, 0.125]]) {
    const at = beside(crowd(side), crowd(side).map(() => size), stage)[4];
    assert.deepEqual(at, { left: 200 + side, top: 200 + side, right: 200 + side + 20 * scale, bottom: 200 + side + 16 * scale, scale, alone: true });
  }
});

test("numbers of boxes that lie on each other do not", () => {
  const tags = beside(Array.from({ length: 4 }, () => square(0, 0, 640)), Array(4).fill(size), stage);
  assert.equal(new Set(tags.map(({ left, top }) => `${left} ${top}`)).size, 4);
});

test("in a crowd no tag lies on another box or tag, and every number is to be seen", () => {
  for (const [columns, rows, side] of [[4, 2, 100], [4, 2, 70], [8, 4, 60], [8, 4, 30], [16, 8, 24]]) {
    const [x, y] = [stage.width / columns, stage.height / rows];
    const boxes = Array.from({ length: columns * rows }, (_, i) => square((i % columns) * x + ((i * 7) % 5), Math.floor(i / columns) * y + ((i * 3) % 7), side));
    const tags = beside(boxes, boxes.map(() => size), stage);
    tags.forEach((tag, i) => {
      for (const other of [...boxes, ...tags]) if (other !== tag && other !== boxes[i]) assert.equal(shared(tag, other), 0);
      assert.ok(tag.left >= 0 && tag.top >= 0 && tag.right <= stage.width && tag.bottom <= stage.height);
      assert.equal(shared(tag, boxes[i]) > 0, tag.alone);
      assert.equal(tag.right - tag.left, (tag.alone ? size.number : size.tag).width * tag.scale);
    });
  }
});

test("pictures shrink to a side and never grow", () => {
  assert.deepEqual(shrink({ width: 1280, height: 720 }, 640), { width: 640, height: 360 });
  assert.deepEqual(shrink({ width: 720, height: 1280 }, 640), { width: 360, height: 640 });
  assert.deepEqual(shrink({ width: 320, height: 240 }, 640), { width: 320, height: 240 });
  assert.deepEqual(shrink({ width: 4000, height: 1 }, 640), { width: 640, height: 1 });
});

import assert from "node:assert/strict";
import test from "node:test";

import { beside, contain, mirror, place, shrink } from "../../static/geometry.js";

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

test("a tag stands above its box, below where there is no room, and never off the stage", () => {
  const tag = { width: 120, height: 40 };
  const stage = { width: 640, height: 480 };
  assert.deepEqual(beside({ left: 100, top: 100, right: 200, bottom: 200 }, tag, stage), { left: 100, top: 54 });
  assert.deepEqual(beside({ left: 100, top: 20, right: 200, bottom: 120 }, tag, stage), { left: 100, top: 126 });
  assert.deepEqual(beside({ left: 600, top: 100, right: 700, bottom: 200 }, tag, stage), { left: 514, top: 54 });
  assert.deepEqual(beside({ left: -50, top: -50, right: 900, bottom: 900 }, tag, stage), { left: 6, top: 434 });
});

test("pictures shrink to a side and never grow", () => {
  assert.deepEqual(shrink({ width: 1280, height: 720 }, 640), { width: 640, height: 360 });
  assert.deepEqual(shrink({ width: 720, height: 1280 }, 640), { width: 360, height: 640 });
  assert.deepEqual(shrink({ width: 320, height: 240 }, 640), { width: 320, height: 240 });
  assert.deepEqual(shrink({ width: 4000, height: 1 }, 640), { width: 640, height: 1 });
});

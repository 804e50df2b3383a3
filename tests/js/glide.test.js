import assert from "node:assert/strict";
import test from "node:test";

import { Glide } from "../../static/glide.js";
import { dots } from "../../static/landmarks.js";

const box = (left) => ({ left, top: 0, right: left + 10, bottom: 10 });
const boxes = (left) => new Map([[1, box(left)]]);
const left = (glide, now) => glide.at(now).get(1).left;

test("a box glides for as long as the last answer took", () => {
  const glide = new Glide();
  glide.aim(boxes(0), 0);
  glide.aim(boxes(100), 100);
  assert.deepEqual([100, 150, 200, 300].map((now) => left(glide, now)), [0, 50, 100, 100]);
});

test("it stands 250 ms after an answer, however slow the server", () => {
  const glide = new Glide();
  glide.aim(boxes(0), 0);
  glide.aim(boxes(100), 3000);
  assert.ok(left(glide, 3240) < 100);
  assert.equal(left(glide, 3250), 100);
});

test("an answer on the way turns it from where it is", () => {
  const glide = new Glide();
  glide.aim(boxes(0), 0);
  glide.aim(boxes(100), 200);
  glide.aim(boxes(0), 300);
  assert.equal(left(glide, 300), 50);
  assert.equal(left(glide, 350), 25);
});

test("exact boxes and new faces are there at once, lost faces gone", () => {
  const glide = new Glide();
  glide.aim(boxes(0), 0);
  glide.aim(boxes(100), 100, true);
  assert.equal(left(glide, 100), 100);
  glide.aim(new Map([[2, box(5)]]), 200);
  assert.deepEqual([...glide.at(200)], [[2, box(5)]]);
});

test("landmarks are dots in hundredths of their box, mirrored with it", () => {
  const face = { box: { left: 100, top: 100, right: 200, bottom: 300 }, landmarks: [[125, 150]] };
  assert.equal(dots(face, false), "M25.0 25.0h0");
  assert.equal(dots(face, true), "M75.0 25.0h0");
});

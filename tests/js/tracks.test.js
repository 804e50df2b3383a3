import assert from "node:assert/strict";
import test from "node:test";

import { Session } from "../../static/session.js";
import { overlap, Tracks } from "../../static/tracks.js";

const at = (x, y = 100, size = 80) => ({ left: x, top: y, right: x + size, bottom: y + size });

/** The numbers that boxes get, answer after answer, 100 ms apart. */
function follow(answers) {
  const tracks = new Tracks();
  return answers.map((boxes, i) => tracks.number(boxes, 100 * i));
}

test("faces are numbered as they come, whatever their order later", () => {
  assert.deepEqual(follow([[at(0), at(300)], [at(305), at(2)], [at(4), at(308), at(600)]]), [[1, 2], [2, 1], [1, 2, 3]]);
});

test("two faces that cross keep their numbers", () => {
  const steps = Array.from({ length: 21 }, (_, i) => [at(20 * i, 100), at(400 - 20 * i, 110)]);
  const mixed = steps.map((boxes, i) => (i % 2 ? boxes.toReversed() : boxes)); // the largest first, say
  const numbers = follow(mixed).map((found, i) => (i % 2 ? found.toReversed() : found));
  assert.deepEqual(numbers, steps.map(() => [1, 2]));
});

test("also where one hides the other for a moment", () => {
  const steps = Array.from({ length: 21 }, (_, i) => (Math.abs(i - 10) < 2 ? [at(20 * i)] : [at(20 * i), at(400 - 20 * i)]));
  const numbers = follow(steps);
  assert.deepEqual(numbers.at(0), [1, 2]);
  assert.deepEqual(numbers.at(10), [1]);
  assert.deepEqual(numbers.at(-1), [1, 2]);
});

test("a face that is missed for a second keeps its number, one that comes after two is new", () => {
  const tracks = new Tracks();
  assert.deepEqual(tracks.number([at(0)], 0), [1]);
  assert.deepEqual(tracks.number([], 500), []);
  assert.deepEqual(tracks.number([at(5)], 1000), [1]);
  assert.deepEqual(tracks.number([], 2000), []);
  assert.deepEqual(tracks.number([at(5)], 3000), [2]);
});

test("a face keeps its number where answers are slow, but not for ever", () => {
  const tracks = new Tracks();
  assert.deepEqual([0, 4000, 8000, 20_000].map((now) => tracks.number([at(0)], now)), [[1], [1], [1], [2]]);
});

test("a face keeps its number where pictures are sent in another size", () => {
  const session = new Session();
  const answer = (width) => ({ width, height: 0.75 * width, faces: [{ box: { left: width / 2, top: 9, right: 0.7 * width, bottom: 0.2 * width } }] });
  const numbers = [640, 320, 1280].map((width, i) => session.take(answer(width), 100 * i).faces[0].number);
  assert.deepEqual(numbers, [1, 1, 1]);
});

test("a face far off or of another size is another face", () => {
  assert.deepEqual(follow([[at(0)], [at(400)]]), [[1], [2]]);
  assert.deepEqual(follow([[at(0, 100, 80)], [at(0, 100, 240)]]), [[1], [2]]);
});

test("boxes on each other are no two numbers of one face", () => {
  assert.deepEqual(follow([[at(0)], [at(2), at(4)]]), [[1], [1, 2]]);
});

test("overlap is a share of the union", () => {
  assert.equal(overlap(at(0), at(0)), 1);
  assert.ok(Math.abs(overlap(at(0), at(40)) - 1 / 3) < 1e-9);
  assert.equal(overlap(at(0), at(200)), 0);
});

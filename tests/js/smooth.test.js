import assert from "node:assert/strict";
import test from "node:test";

import { Session } from "../../static/session.js";
import { Smooth } from "../../static/smooth.js";

const said = (happy) => ({ emotion: { label: happy > 0.5 ? "happy" : "sad", score: Math.max(happy, 1 - happy), scores: { happy, sad: 1 - happy } } });
const aged = (years) => ({ age: { label: "a", score: 1, scores: { a: 1 }, years, interval: [years - 5, years + 5] } });
const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);

test("the first answer is shown as it is", () => {
  assert.deepEqual(new Smooth().mean(1, said(0.9), 0), said(0.9));
});

test("after half a second 63 % of a change are shown, in one step or in five", () => {
  for (const steps of [1, 5]) {
    const smooth = new Smooth();
    smooth.mean(1, said(0), 0);
    let mean;
    for (let i = 1; i <= steps; i += 1) mean = smooth.mean(1, said(1), (500 / steps) * i);
    near(mean.emotion.scores.happy, 1 - Math.exp(-1));
    near(mean.emotion.scores.happy + mean.emotion.scores.sad, 1);
    assert.equal(mean.emotion.label, "happy");
    assert.equal(mean.emotion.score, mean.emotion.scores.happy);
  }
});

test("one answer that differs does not turn the label over", () => {
  const smooth = new Smooth();
  smooth.mean(1, said(0.9), 0);
  assert.equal(smooth.mean(1, said(0.1), 100).emotion.label, "happy");
});

test("years and their interval are smoothed too", () => {
  const smooth = new Smooth();
  smooth.mean(1, aged(30), 0);
  const { years, interval } = smooth.mean(1, aged(40), 500).age;
  near(years, 40 - 10 / Math.E);
  near(interval[0], years - 5);
});

test("faces do not mix, and a face that was away begins anew", () => {
  const smooth = new Smooth();
  smooth.mean(1, said(1), 0);
  assert.equal(smooth.mean(2, said(0), 100).emotion.scores.happy, 0);
  assert.equal(smooth.mean(1, said(0), 5000).emotion.scores.happy, 0);
});

test("a session numbers faces, smooths them or not, and lists them by number", () => {
  const session = new Session();
  const face = (left, happy) => ({ box: { left, top: 0, right: left + 50, bottom: 50 }, landmarks: [], ...said(happy) });
  const answer = (...faces) => ({ width: 640, height: 480, faces });
  session.take(answer(face(0, 1), face(300, 0)), 0);
  const shown = session.take(answer(face(300, 0), face(0, 0)), 500);
  assert.deepEqual(shown.faces.map(({ number, box }) => [number, box.left]), [[1, 0], [2, 300]]);
  near(shown.faces[0].said.emotion.scores.happy, 1 / Math.E);
  assert.equal(session.take(answer(face(0, 0)), 600, { smooth: false }).faces[0].said.emotion.scores.happy, 0);
});

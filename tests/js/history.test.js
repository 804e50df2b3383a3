import assert from "node:assert/strict";
import test from "node:test";

import { bands } from "../../static/bands.js";
import { csv, json } from "../../static/export.js";
import { History } from "../../static/history.js";

const box = { left: 1.23456, top: 2, right: 3, bottom: 4 };
const emotion = (label) => ({ label, score: 0.75, scores: { happy: 0.75, "sad, or so": 0.25 } });
const age = { label: "a", score: 1, scores: { a: 1 }, years: 30, interval: [25, 35] };
const face = (number, label, years = 30) => ({ number, box, landmarks: [], said: { emotion: emotion(label), age: { ...age, years } } });

function filled() {
  const history = new History();
  const add = (faces, now) => history.add({ width: 64, height: 48, faces }, now, new Date(Date.UTC(2025) + now));
  add([face(1, "happy", 20)], 5000);
  add([face(1, "happy", 20)], 5100); // too soon
  add([face(1, "happy", 30), face(3, "sad, or so")], 5250);
  add([], 5500);
  add([face(1, "sad, or so", 40)], 6000);
  return history;
}

test("samples are kept four times a second, with their time since the first", () => {
  assert.deepEqual(filled().samples.map(({ ms, number }) => [ms, number]), [[0, 1], [250, 1], [250, 3], [1000, 1]]);
  assert.equal(filled().ms, 1000);
  assert.deepEqual(filled().recent(1, 800).map(({ ms }) => ms), [250, 1000]);
  assert.equal(filled().latest, 1);
  assert.equal(new History().latest, undefined);
});

test("a summary tells how long a face was seen, its commonest label and mean years", () => {
  const [first, third] = filled().summary();
  assert.deepEqual(first, { number: 1, ms: 1000, usual: { emotion: { label: "happy", share: 0.5 }, age: { years: 32.5 } } });
  assert.equal(third.number, 3);
  assert.deepEqual(new History().summary(), []);
});

test("however far apart answers are, a face that stays is seen all the time", () => {
  for (const pace of [100, 117, 400, 1200]) {
    const history = new History();
    for (let now = 0; now <= 60_000; now += pace) history.add({ faces: [face(1, "happy")] }, now);
    assert.ok(Math.abs(history.summary()[0].ms - 60_000) <= 500, `${pace}`);
  }
});

test("a run of days keeps fewer samples, over all of its time, and the same sums", () => {
  const history = new History();
  const faces = [1, 2, 3].map((number) => face(number, "happy"));
  for (let now = 0; now <= 8_000_000; now += 250) history.add({ faces }, now);
  const times = history.samples.filter(({ number }) => number === 2).map(({ ms }) => ms);
  assert.ok(history.samples.length <= 60_000 && times.length > 10_000);
  assert.deepEqual([times[0], times[1], times.at(-1)], [0, 500, 8_000_000]);
  assert.equal(new Set(times.slice(1).map((ms, i) => ms - times[i])).size, 1);
  assert.equal(history.summary()[0].ms, 8_000_250);
});

test("an answer says nothing of a time long before it", () => {
  const history = new History();
  history.add({ faces: [face(1, "happy")] }, 0);
  history.add({ faces: [face(1, "happy")] }, 3_600_000);
  assert.equal(history.summary()[0].ms, 3250);
});

test("CSV has a row for each face and time, and quotes what needs it", () => {
  const [head, ...rows] = csv(filled().samples).split("\r\n");
  assert.equal(
    head,
    'seconds,width,height,track,left,top,right,bottom,emotion,emotion_score,emotion_happy,"emotion_sad, or so",age,age_score,age_a,age_years,age_low,age_high',
  );
  assert.equal(rows[0], "0,64,48,1,1.2346,2,3,4,happy,0.75,0.75,0.25,a,1,1,20,25,35");
  assert.equal(rows[3], '1,64,48,1,1.2346,2,3,4,"sad, or so",0.75,0.75,0.25,a,1,1,40,25,35');
  assert.equal(rows.length, 5); // the last is empty: every line ends
});

test("JSON has the same, and when it began", () => {
  const { began, samples } = JSON.parse(json(filled().samples, filled().began));
  assert.equal(began, "2025-01-01T00:00:05.000Z");
  assert.deepEqual(samples[1], { seconds: 0.25, face: 1, width: 64, height: 48, box: { ...box, left: 1.2346 }, said: { emotion: emotion("happy"), age } });
});

test("faces of photos have their file instead of a time", () => {
  const samples = filled().samples.slice(0, 2).map(({ ms, ...sample }) => ({ file: "a, b.jpg", ...sample }));
  const [head, first] = csv(samples).split("\r\n");
  assert.match(head, /^file,width,height,face,left,/);
  assert.match(first, /^"a, b\.jpg",64,48,1,1\.2346,2,3,4,happy,/);
  const [{ said, ...sample }] = JSON.parse(json(samples, filled().began)).samples;
  assert.deepEqual(sample, { file: "a, b.jpg", face: 1, width: 64, height: 48, box: { ...box, left: 1.2346 } });
});

test("bands lie on each other and fill the chart", () => {
  const samples = [{ ms: 0, scores: { a: 0.25, b: 0.75 } }, { ms: 500, scores: { a: 1, b: 0 } }];
  const [a, b] = bands(samples, { end: 500, span: 1000, width: 100 });
  assert.deepEqual(a, { label: "a", path: "M50.0 75.0L100.0 0.0L100.0 100.0L50.0 100.0Z" });
  assert.deepEqual(b, { label: "b", path: "M50.0 0.0L100.0 0.0L100.0 0.0L50.0 75.0Z" });
});

test("a face that was away leaves a gap, and no samples are no bands", () => {
  const samples = [0, 500, 14_000, 14_250].map((ms) => ({ ms, scores: { a: 1 } }));
  const [{ path }] = bands(samples, { end: 14_250, span: 20_000 });
  assert.equal(path.match(/M/g).length, 2);
  assert.deepEqual(bands([], { end: 0, span: 1 }), []);
});

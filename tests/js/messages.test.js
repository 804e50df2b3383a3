import assert from "node:assert/strict";
import test from "node:test";

import { brief, cameraTrouble, fact, liveTrouble, predictions, spoken, summary } from "../../static/messages.js";

const happy = { label: "happy", score: 0.934, scores: { happy: 0.934, angry: 0.066 } };
const age = { label: "16-25", score: 0.8, scores: {}, years: 21.6, interval: [17.2, 27.9] };
const face = { box: { left: 1, top: 2, right: 3, bottom: 4 }, landmarks: [[1, 2]], emotion: happy, age };

test("predictions are told from a face's other facts", () => {
  assert.deepEqual(predictions(face), [["emotion", happy], ["age", age]]);
});

test("ages come last", () => {
  const answer = { age, emotion: happy, gender: happy };
  assert.deepEqual(predictions(answer).map(([name]) => name), ["emotion", "gender", "age"]);
});

test("classes have a label and a score, ages an interval too", () => {
  assert.equal(brief(happy), "happy 93%");
  assert.equal(brief(age), "22 years (17–28)");
  assert.deepEqual(fact("Apparent expression", happy), { heading: "Apparent expression", value: "happy", score: "93%", more: "", part: 0.934 });
  assert.equal(fact("Apparent age", age).score, "16-25: 80%");
  assert.equal(fact("Apparent age", age).more, "four times in five between 17 and 28");
});

test("answers are summed up and read out", () => {
  assert.equal(summary({ faces: [face] }, 48.4), "1 face · answered in 48 ms");
  assert.equal(spoken({ faces: [] }), "No face");
  assert.equal(spoken({ faces: [face, face] }), "2 faces. Face 1: happy 93%, 22 years (17–28). Face 2: happy 93%, 22 years (17–28)");
});

test("an error's own words end in one full stop", () => {
  const problem = Object.assign(new Error("too large."), { status: 413 });
  assert.equal(liveTrouble(problem, 500), "The server says: too large. Next try in a second.");
  assert.equal(liveTrouble(new Error("network"), 4000), "The server does not answer. Is it running? Next try in 4 seconds.");
});

test("every reason has its own message", () => {
  const reasons = ["insecure", "unsupported", "denied", "missing", "busy", "lost", "unknown"];
  assert.equal(new Set(reasons.map((reason) => cameraTrouble(reason).title)).size, reasons.length);
});

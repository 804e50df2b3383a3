import assert from "node:assert/strict";
import test from "node:test";

import { predictions } from "../../static/answers.js";
import { Problem, Unreachable } from "../../static/client.js";
import { Messages } from "../../static/messages.js";
import { Unreadable } from "../../static/photos.js";
import { textsOf } from "./texts.js";

const happy = { label: "happy", score: 0.934, scores: { happy: 0.934, angry: 0.066 } };
const age = { label: "16-25", score: 0.8, scores: {}, years: 21.6, interval: [17.2, 27.9] };
const face = { number: 1, said: { emotion: happy, age } };
const messages = new Messages(textsOf("en"), { emotion: "Apparent expression", age: "Apparent age" });
const mensajes = new Messages(textsOf("es"), { emotion: "Expresión aparente" });

test("predictions are told from a face's other facts, and ages come last", () => {
  const facts = { box: { left: 1 }, landmarks: [[1, 2]], explain: { crop: "" }, age, emotion: happy };
  assert.deepEqual(predictions(facts), [["emotion", happy], ["age", age]]);
});

test("predictions come in one order, whatever the answer's", () => {
  const [emotion, gender] = [happy, { label: "male", score: 1, scores: {} }];
  for (const facts of [{ age, emotion, gender }, { gender, emotion, age }, { gender, age, emotion }, { emotion, age, gender }]) {
    assert.deepEqual(predictions(facts).map(([name]) => name), ["emotion", "gender", "age"]);
  }
});

test("classes have a label and a score, ages an interval too", () => {
  assert.equal(messages.brief(happy), "happy 93%");
  assert.equal(messages.brief(age), "22 years (17–28)");
  assert.deepEqual(messages.fact("emotion", happy), { heading: "Apparent expression", value: "happy", score: "93%", more: "" });
  assert.equal(messages.fact("age", age).score, "16-25: 80%");
  assert.equal(messages.fact("age", age).more, "four times in five between 17 and 28");
});

test("answers are summed up and read out", () => {
  assert.equal(messages.summary(1, 48.4), "1 face · answered in 48 ms");
  assert.equal(messages.spoken([]), "No face");
  assert.equal(messages.spoken([face, { ...face, number: 3 }]), "2 faces. Face 1: happy, 16-25. Face 3: happy, 16-25");
});

test("another language translates labels that it knows, and keeps those it does not", () => {
  assert.match(mensajes.brief(happy), /^alegría 93\s?%$/);
  assert.equal(mensajes.title("emotion"), "Expresión aparente");
  assert.equal(mensajes.title("mood"), "mood");
  assert.equal(mensajes.label("puzzled"), "puzzled");
});

test("an error's own words end in one full stop", () => {
  const problem = Object.assign(new Error("too large."), { status: 413 });
  assert.equal(messages.liveTrouble(problem, 500), "The server says: too large. Next try in a second.");
  assert.equal(messages.liveTrouble(new Error("network"), 4000), "The server does not answer. Is it running? Next try in 4 seconds.");
  assert.equal(messages.liveTrouble(Object.assign(new Error(""), { status: 503 }), 9000), "The server is busy. Next try in 9 seconds.");
});

test("an answer that takes too long is told from none and from a refusal", () => {
  assert.equal(messages.explain(new Unreachable("", true)), "The answer takes too long. The server or the connection is slow.");
  const [silent, late, refused] = [new Unreachable(""), new Unreachable("", true), new Problem(422, "no")];
  assert.deepEqual([silent, late, refused].map((error) => messages.failed(error)), ["No answer", "No answer", "Not analysed"]);
});

test("what a proxy answers for a server is none", () => {
  const problem = (status) => Object.assign(new Error("Bad Gateway"), { status });
  assert.equal(messages.explain(problem(502)), messages.explain(new Error("network")));
  assert.equal(messages.explain(problem(500)), "The server says: Bad Gateway.");
});

test("refusals are in the page's language", () => {
  const problem = Object.assign(new Error("a picture of at most 10 bytes was expected"), { status: 413 });
  assert.equal(mensajes.explain(problem), "La imagen es demasiado grande para el servidor.");
  assert.equal(messages.explain(problem), "The server says: a picture of at most 10 bytes was expected.");
});

test("a file that cannot be read is no fault of the server", () => {
  const { unreadable } = textsOf("es").trouble;
  assert.equal(mensajes.explain(new Unreadable("x")), unreadable);
  assert.match(messages.explain(new Unreadable("x")), /^The browser cannot read this file/);
});

test("one is no plural", () => {
  assert.deepEqual([messages.years(1.2), messages.years(2), mensajes.years(1.2), mensajes.years(30)], ["1 year", "2 years", "1 año", "30 años"]);
  assert.match(mensajes.liveTrouble(new Error(""), 1200), /en 1 segundo\.$/);
});

test("every reason has its own message", () => {
  const reasons = ["insecure", "unsupported", "denied", "missing", "busy", "lost", "unknown"];
  assert.equal(new Set(reasons.map((reason) => messages.cameraTrouble(reason).title)).size, reasons.length);
  assert.deepEqual(messages.cameraTrouble("whatever"), messages.cameraTrouble("unknown"));
});

test("all languages have the same texts, with the same values to fill in", () => {
  const shape = (text) => (typeof text === "string" ? [...text.matchAll(/\{\w+\}|<\w+>/g)].map(String).sort() : Object.fromEntries(Object.entries(text).map(([key, part]) => [key, shape(part)])));
  const { labels, refusals, ...english } = shape(textsOf("en"));
  const { labels: _, refusals: __, ...spanish } = shape(textsOf("es"));
  assert.deepEqual(spanish, english);
});

test("a photo was refused, or not answered", () => {
  const silence = [new Problem(502, "gateway"), new Problem(504, "gateway"), new Unreachable("network")];
  assert.deepEqual(silence.map((error) => messages.failed(error)), ["No answer", "No answer", "No answer"]);
  for (const error of [new Problem(413, "large"), new Problem(500, "down"), new Problem(503, "busy"), new Unreadable("a.mp4")]) {
    assert.equal(messages.failed(error), "Not analysed");
  }
  assert.equal(messages.photoTrouble(new Problem(500, "down")).status, "Not analysed");
});

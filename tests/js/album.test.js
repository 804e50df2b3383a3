import assert from "node:assert/strict";
import test from "node:test";

import { Album } from "../../static/album.js";
import { Problem, Unreachable } from "../../static/client.js";
import { csv } from "../../static/export.js";

const answer = { width: 4, height: 3, faces: [] };
const busy = new Problem(503, "busy", 3000);
const inWords = (error) => (error ? `It is ${error.message}.` : "Not yet.");

/** Analyses photos with answers in turn (errors are thrown); the files asked for and the waits, in order, and the album. */
async function analysed(names, answers, end = new AbortController()) {
  const happened = [];
  const ask = async (file) => {
    happened.push(file);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    return next;
  };
  const sleep = async (ms) => happened.push(ms) > 20 && end.abort();
  const album = new Album(names.map((file) => ({ file })), ask, () => {}, inWords, sleep);
  await album.analyse(end.signal);
  return { happened, album };
}

test("a photo is asked for again when the server says, after the others", async () => {
  const { happened, album } = await analysed(["a", "b"], [busy, new Problem(429, "many", 100), answer]);
  assert.deepEqual(happened, ["a", 3000, "b", 1000, "a", "b"]);
  assert.deepEqual(album.photos.map(({ error, wait, shown }) => [error, wait, shown.width]), [[null, 0, 4], [null, 0, 4]]);
});

test("an error that asks for no patience stands", async () => {
  const { happened, album } = await analysed(["a", "b"], [new Problem(500, "down"), answer]);
  assert.deepEqual(happened, ["a", "b"]);
  assert.deepEqual(album.photos.map(({ error, wait }) => [error?.message, wait]), [["down", 0], [undefined, 0]]);
});

test("a server that was not there for a moment, or says not when it has time, is asked again", async () => {
  const { happened, album } = await analysed(["a", "b"], [new Unreachable("network"), new Problem(503, "down"), new Problem(429, "many"), answer]);
  assert.deepEqual(happened, ["a", 500, "b", 1000, "a", 2000, "b", "a"]);
  assert.ok(album.photos.every(({ error, shown }) => error === null && shown.width === 4));
});

test("the photo that is looked at is asked for first", async () => {
  const { happened, album } = await analysed(["a", "b", "c"], [answer]);
  album.current = 2;
  await album.analyse(new AbortController().signal);
  assert.deepEqual(happened.slice(3), ["c", "a", "b"]);
});

test("a server that never has time is asked ever more seldom, until the album is closed", async () => {
  const { happened, album } = await analysed(["a"], [busy]);
  assert.deepEqual(happened.slice(0, 14), ["a", 3000, "a", 3000, "a", 3000, "a", 4000, "a", 8000, "a", 8000, "a", 8000]);
  assert.equal(happened.at(-1), 8000);
  assert.deepEqual([album.photo.error, album.photo.wait], [busy, 8000]);
});

test("a photo that was answered lets the next failure wait as short as the first", async () => {
  const { happened } = await analysed(["a", "b"], [new Unreachable(""), answer, new Unreachable(""), answer]);
  assert.deepEqual(happened, ["a", 500, "b", "a", 500, "a"]);
});

test("photos that are asked for anew are not answered by what was asked before", async () => {
  const asked = [];
  const album = new Album([{ file: "a" }, { file: "b" }], () => new Promise((resolve) => asked.push(resolve)), () => {}, inWords);
  const end = new AbortController().signal;
  const first = album.analyse(end);
  const second = album.analyse(end);
  asked[1]({ ...answer, width: 2 });
  await Promise.resolve();
  asked[0]({ ...answer, width: 1 });
  await first;
  assert.equal(album.photo.shown.width, 2);
  for (let turn = 0; turn < 100 && asked.length < 3; turn += 1) await Promise.resolve();
  asked[2](answer);
  await second;
  assert.equal(asked.length, 3);
});

test("what is asked anew ends what was asked before", async () => {
  const signals = [];
  const album = new Album([{ file: "a" }], (_, signal) => new Promise(() => signals.push(signal)), () => {}, inWords);
  const end = new AbortController();
  album.analyse(end.signal);
  album.analyse(end.signal);
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
  end.abort();
  assert.ok(signals[1].aborted);
});

test("an error leaves what was answered before", async () => {
  const { album } = await analysed(["a"], [answer, new Problem(500, "down")]);
  await album.analyse(new AbortController().signal);
  assert.deepEqual([album.photo.shown.width, album.photo.error.message], [4, "down"]);
});

test("samples are the faces of all photos by the names of their files, and the photos without any, and why", async () => {
  const box = { left: 1, top: 1, right: 2, bottom: 2 };
  const happy = { label: "happy", score: 1, scores: { happy: 1 } };
  const pair = { ...answer, faces: [{ box, score: 0.98765, emotion: happy }, { box: { ...box, left: 0, right: 1 }, landmarks: [[1, 1]] }] };
  const { album } = await analysed([{ name: "a.jpg" }, { name: "b.jpg" }, { name: "c.jpg" }], [pair, new Problem(500, "down"), answer]);
  assert.deepEqual(album.samples, [
    { file: "a.jpg", width: 4, height: 3, faces: 2, number: 1, box, score: 0.98765, said: { emotion: happy } },
    { file: "a.jpg", width: 4, height: 3, faces: 2, number: 2, box: { ...box, left: 0, right: 1 }, score: undefined, said: {} },
    { file: "b.jpg", error: "It is down." },
    { file: "c.jpg", width: 4, height: 3, faces: 0 },
  ]);
  assert.deepEqual(csv(album.samples).split("\r\n"), [
    "file,width,height,faces,face,left,top,right,bottom,score,emotion,emotion_score,emotion_happy,error",
    "a.jpg,4,3,2,1,1,1,2,2,0.9877,happy,1,1,",
    "a.jpg,4,3,2,2,0,1,1,2,,,,,",
    "b.jpg,,,,,,,,,,,,,It is down.",
    "c.jpg,4,3,0,,,,,,,,,,",
    "",
  ]);
  assert.deepEqual(csv(album.samples.slice(2)).split("\r\n"), ["file,width,height,faces,error", "b.jpg,,,,It is down.", "c.jpg,4,3,0,", ""]);
  assert.ok(album.began instanceof Date);
});

test("there are no samples before the first photo is settled, then those that wait say why", async () => {
  const between = [];
  const answers = [busy, new Problem(500, "down"), answer, answer];
  const ask = async () => {
    between.push(album.samples.map(({ file, error }) => `${file}: ${error}`));
    if (answers[0] instanceof Error) throw answers.shift();
    return answers.shift();
  };
  const album = new Album(["a", "b", "c"].map((name) => ({ file: { name } })), ask, () => {}, inWords, async () => {});
  await album.analyse(new AbortController().signal);
  assert.deepEqual(between, [[], [], ["a: It is busy.", "b: It is down.", "c: Not yet."], ["a: It is busy.", "b: It is down.", "c: undefined"]]);
  assert.deepEqual(album.samples.map(({ file, error }) => [file, error]), [["a", undefined], ["b", "It is down."], ["c", undefined]]);
});

test("photos of one name are told apart", async () => {
  const names = ["a.png", "a.png", "b.png", "a.png (2)", "a.png"];
  const one = { ...answer, faces: [{ box: { left: 1, top: 1, right: 2, bottom: 2 } }] };
  const { album } = await analysed(names.map((name) => ({ name })), [one]);
  const told = ["a.png", "a.png (2)", "b.png", "a.png (2) (2)", "a.png (3)"];
  assert.deepEqual(album.photos.map(({ name }) => name), told);
  assert.deepEqual(album.samples.map(({ file }) => file), told);
});

test("an album that was closed asks no more", async () => {
  const end = new AbortController();
  const files = [];
  const ask = async (file) => {
    files.push(file);
    throw busy;
  };
  await new Album([{ file: "a" }, { file: "b" }], ask, () => {}, inWords, async () => end.abort()).analyse(end.signal);
  assert.deepEqual(files, ["a"]);
});

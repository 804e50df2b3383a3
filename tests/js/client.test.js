import assert from "node:assert/strict";
import test from "node:test";

import { photoAt, predict, retryAfter, Unreachable } from "../../static/client.js";

const signal = () => new AbortController().signal;
const answering = (t, response) => t.mock.method(globalThis, "fetch", async () => response);

test("Retry-After is seconds or a date", () => {
  const now = Date.parse("2025-01-01T00:00:00Z");
  const cases = [[null, 0], ["3", 3000], ["Wed, 01 Jan 2025 00:00:05 GMT", 5000], ["Tue, 31 Dec 2024 00:00:00 GMT", 0], ["soon", 0], ["-3", 0]];
  for (const [header, ms] of cases) assert.equal(retryAfter(header, now), ms, `${header}`);
});

test("a refusal is told in the server's words, with its patience", async (t) => {
  answering(t, new Response('{"detail": "too many"}', { status: 429, headers: { "Retry-After": "2" } }));
  await assert.rejects(predict(new Blob(), signal()), { status: 429, message: "too many", retryAfter: 2000 });
});

test("a proxy's HTML is no trouble", async (t) => {
  answering(t, new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }));
  await assert.rejects(predict(new Blob(), signal()), { status: 502, message: "Bad Gateway" });
});

test("a status without words is told by its number", async (t) => {
  answering(t, new Response("", { status: 500 }));
  await assert.rejects(predict(new Blob(), signal()), { message: "HTTP 500" });
});

test("the name of a photo's file is not sent", async (t) => {
  const fetch = answering(t, new Response("{}"));
  await predict(new File(["x"], "Anna at the doctor's.jpg"), signal());
  assert.equal(fetch.mock.calls[0].arguments[1].body.get("image").name, "image");
});

test("browsers that cannot join signals ask all the same", async (t) => {
  answering(t, new Response('{"faces": []}'));
  const { any } = AbortSignal;
  t.after(() => (AbortSignal.any = any));
  AbortSignal.any = undefined;
  assert.deepEqual(await predict(new Blob(), signal()), { faces: [] });
});

test("an answer cut short is none", async (t) => {
  answering(t, new Response('{"faces": ['));
  await assert.rejects(predict(new Blob(), signal()), Unreachable);
});

test("explanations are asked for by a parameter", async (t) => {
  const fetch = answering(t, new Response("{}"));
  await predict(new Blob(), signal(), { explain: true });
  assert.equal(fetch.mock.calls[0].arguments[0], "predict?explain=1");
});

test("a photo from the server keeps its name and type", async (t) => {
  answering(t, new Response("bytes", { headers: { "Content-Type": "image/jpeg" } }));
  const file = await photoAt("/sample.jpg", signal());
  assert.deepEqual([file.name, file.type, file.size], ["sample.jpg", "image/jpeg", 5]);
});

test("a photo that is not there is a problem, a server that is not there unreachable", async (t) => {
  answering(t, new Response('{"detail": "not there"}', { status: 404 }));
  await assert.rejects(photoAt("/sample.jpg", signal()), { status: 404, message: "not there" });
  t.mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("network")));
  await assert.rejects(photoAt("/sample.jpg", signal()), { constructor: Unreachable, late: false });
  t.mock.method(globalThis, "fetch", () => Promise.reject(new DOMException("too long", "TimeoutError")));
  await assert.rejects(photoAt("/sample.jpg", signal()), { constructor: Unreachable, late: true });
});

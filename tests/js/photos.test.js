import assert from "node:assert/strict";
import test from "node:test";

import { Problem, Unreachable } from "../../static/client.js";
import { fit, fitted, still, Unreadable } from "../../static/photos.js";

const file = (bytes, size = 1) => ({ size, slice: () => ({ arrayBuffer: bytes }) });

test("what the browser cannot show goes to the server, which says what is wrong", async () => {
  const damaged = file(async () => new ArrayBuffer(1));
  assert.equal(await fit(damaged), damaged);
});

test("a folder, or a file that is gone, is no silence of the server", async () => {
  const gone = file(() => Promise.reject(new DOMException("A requested file could not be found", "NotFoundError")));
  await assert.rejects(fit(gone), Unreadable);
});

test("a film is not sent, nor any large file that the browser cannot draw", async () => {
  const buffer = async () => new ArrayBuffer(1);
  await assert.rejects(fit({ ...file(buffer), type: "video/mp4" }), { reason: "unreadable" });
  await assert.rejects(fit(file(buffer, 200_000_000)), { reason: "large" });
});

test("a photo that cannot be drawn for want of memory is no silence of the server", async (t) => {
  drawing(t, 4000, () => null);
  await assert.rejects(fit({ type: "image/png" }), { reason: "large" });
});

/** A browser that draws a picture of some width as { side } of its longer side. */
function drawing(t, width, drawn = (side) => ({ side })) {
  const draw = { fillRect() {}, drawImage() {} };
  const canvas = () => ({ getContext: () => draw, toBlob(done) { done(drawn(this.width)); } });
  globalThis.createImageBitmap = async () => ({ width, height: width / 2, close() {} });
  globalThis.document = { createElement: canvas };
  t.after(() => {
    delete globalThis.createImageBitmap;
    delete globalThis.document;
  });
}

test("what is sent is what is seen: browsers turn no WebP as its EXIF note says, servers do", async (t) => {
  drawing(t, 1000);
  const sent = await Promise.all(["jpeg", "png", "gif", "webp", "avif"].map((format) => fit({ type: `image/${format}` })));
  assert.deepEqual(sent.map(({ type, side }) => type ?? side), ["image/jpeg", "image/png", "image/gif", 1000, 1000]);
});

test("of a photo that may move the first picture is shown, which is the one that is analysed", async (t) => {
  drawing(t, 4000);
  const shown = await Promise.all(["jpeg", "png", "gif", "webp"].map((format) => still({ type: `image/${format}` })));
  assert.deepEqual(shown.map(({ type, side }) => type ?? side), ["image/jpeg", "image/png", 1600, 1600]);
});

test("what cannot be drawn is shown as it is", async (t) => {
  drawing(t, 4000, () => null);
  for (const photo of [{ type: "image/gif" }, { type: "image/webp" }]) assert.equal(await still(photo), photo);
  globalThis.createImageBitmap = () => Promise.reject(new DOMException("", "InvalidStateError"));
  assert.deepEqual(await still({ type: "image/gif" }), { type: "image/gif" });
});

test("a photo that is too large for the server, or too long under way, is sent smaller", async (t) => {
  drawing(t, 1000);
  const photo = { type: "image/png" };
  const asked = [];
  const ask = async (picture) => {
    asked.push(picture.side ?? picture);
    if (asked.length === 1) throw new Problem(413, "too large");
    if (asked.length === 2) throw new Unreachable("", true);
    return "answer";
  };
  assert.equal(await fitted(photo, ask), "answer");
  assert.deepEqual(asked, [photo, 800, 400]);
});

test("a photo is not made smaller without end, nor for another reason", async (t) => {
  drawing(t, 4000);
  for (const [problem, sides] of [[new Problem(413, "no"), [1600, 800, 400, 200]], [new Problem(422, "no"), [1600]], [new Unreachable(""), [1600]]]) {
    const asked = [];
    const ask = (picture) => (asked.push(picture.side), Promise.reject(problem));
    await assert.rejects(fitted({ type: "image/png" }, ask), problem);
    assert.deepEqual(asked, sides);
  }
});

test("what the browser cannot make smaller is sent once", async () => {
  const asked = [];
  const ask = (picture) => (asked.push(picture), Promise.reject(new Problem(413, "no")));
  await assert.rejects(fitted(file(async () => new ArrayBuffer(1)), ask), { status: 413 });
  assert.equal(asked.length, 1);
});

import assert from "node:assert/strict";
import test from "node:test";

import { fit } from "../../static/photos.js";

const file = (bytes) => ({ slice: () => ({ arrayBuffer: bytes }) });

test("what the browser cannot show goes to the server, which says what is wrong", async () => {
  const damaged = file(async () => new ArrayBuffer(1));
  assert.equal(await fit(damaged), damaged);
});

test("a folder, or a file that is gone, is no silence of the server", async () => {
  const gone = file(() => Promise.reject(new DOMException("A requested file could not be found", "NotFoundError")));
  await assert.rejects(fit(gone), { status: 415, message: "a picture was expected, this file cannot be read" });
});

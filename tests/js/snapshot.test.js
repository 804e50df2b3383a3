import assert from "node:assert/strict";
import test from "node:test";

import { snapshot } from "../../static/snapshot.js";

test("of a picture that is not there nothing is saved", async () => {
  for (const picture of [{ videoWidth: 0, videoHeight: 0 }, { naturalWidth: 0, naturalHeight: 0 }]) assert.equal(await snapshot(picture, [], false), null);
});

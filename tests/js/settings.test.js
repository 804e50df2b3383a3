import assert from "node:assert/strict";
import test from "node:test";

import { Settings } from "../../static/settings.js";

test("the mirror turns with the camera's side, and else stays as it was left", () => {
  globalThis.matchMedia = () => ({ matches: false });
  const mirror = { checked: false }; // turned off before the start
  const settings = new Settings(Object.assign(new EventTarget(), { elements: { mirror } }), () => {});
  const turned = (facing) => (settings.face(facing), mirror.checked);
  assert.deepEqual(["user", undefined, "environment", "user", "left", "environment"].map(turned), [false, false, false, true, true, false]);
  mirror.checked = true;
  assert.equal(turned("environment"), true);
});

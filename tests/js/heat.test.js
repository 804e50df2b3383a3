import assert from "node:assert/strict";
import test from "node:test";

import { colours } from "../../static/heat.js";

test("what speaks for a label is warm, what speaks against it cool, and nothing is clear", () => {
  const [[r1, , b1, a1], [r2, , b2, a2], [, , , a3]] = [0, 4, 8].map((at) => colours([[0.4, -0.2, 0]]).slice(at, at + 4));
  assert.ok(r1 > b1 && b2 > r2);
  assert.deepEqual([a1, a2, a3], [200, 100, 0]);
});

test("noise stays faint", () => {
  assert.equal(colours([[0.01]])[3], 20);
});

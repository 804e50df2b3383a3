import assert from "node:assert/strict";
import test from "node:test";

import { awake, backoff, pause, watch } from "../../static/live.js";

/** Runs `watch` on answers in turn (errors are thrown) and notes all that happens. */
async function run(answers) {
  const happened = [];
  const end = new AbortController();
  let open = 0;
  await watch({
    awake: async () => {},
    frame: async () => "frame",
    predict: async (picture) => {
      assert.equal(picture, "frame");
      assert.equal(++open, 1, "one at a time");
      await Promise.resolve();
      open -= 1;
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    },
    show: (answer) => happened.push(answer),
    fail: (error, wait) => happened.push(`${error.message} ${wait}`),
    sleep: async () => answers.length || end.abort(),
    signal: end.signal,
  });
  return happened;
}

test("every answer is shown, one frame after the other", async () => {
  assert.deepEqual(await run(["a", "b", "c"]), ["a", "b", "c"]);
});

test("errors are told with ever longer waits, until an answer comes", async () => {
  const answers = [new Error("x"), new Error("y"), "a", new Error("z")];
  assert.deepEqual(await run(answers), ["x 500", "y 1000", "a", "z 500"]);
});

test("a server that asks for patience gets it, up to a minute", async () => {
  const busy = (retryAfter) => Object.assign(new Error("busy"), { retryAfter });
  assert.deepEqual(await run([busy(3000), busy(0), busy(3_600_000), "a"]), ["busy 3000", "busy 1000", "busy 60000", "a"]);
});

test("what comes after the end is not shown", async () => {
  const end = new AbortController();
  const predict = async () => end.abort();
  const never = () => assert.fail("shown");
  await watch({ awake: async () => {}, frame: async () => "", predict, show: never, fail: never, signal: end.signal });
});

test("a pause that is over leaves nothing with the signal", async () => {
  const [added, removed] = [[], []];
  const signal = { addEventListener: (_, act) => added.push(act), removeEventListener: (_, act) => removed.push(act) };
  await pause(1, signal);
  assert.deepEqual(removed, added);
});

test("a pause ends with the signal", async () => {
  const end = new AbortController();
  setTimeout(() => end.abort(), 1);
  await pause(1e9, end.signal);
});

test("waits double up to eight seconds", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 50].map(backoff), [500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

test("a hidden page waits until it is seen", async () => {
  const page = Object.assign(new EventTarget(), { hidden: true });
  let woke = false;
  const waiting = awake(page).then(() => (woke = true));
  page.dispatchEvent(new Event("visibilitychange"));
  await Promise.resolve();
  assert.equal(woke, false);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  await waiting;
});

const PACE_MS = 100;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
const LONGEST_OBEYED_MS = 60_000; // a server may ask for patience, but not for the evening

/**
 * Sends frame after frame, each only when the last was answered, until `signal` is aborted.
 *
 * awake()                the promise of a page that can be seen
 * frame()                the promise of a picture
 * predict(picture)       the promise of an answer
 * show(answer, ms)       gets every answer and how long it took
 * fail(error, wait)      gets every error and the milliseconds until the next try; throws to end it all
 */
export async function watch({ awake, frame, predict, show, fail, signal, sleep = pause }) {
  let failures = 0;
  while (!signal.aborted) {
    const start = performance.now();
    try {
      await awake();
      const picture = await frame();
      if (signal.aborted) return;
      const sent = performance.now();
      const answer = await predict(picture);
      if (signal.aborted) return;
      failures = 0;
      show(answer, performance.now() - sent);
      await sleep(PACE_MS - (performance.now() - start), signal);
    } catch (error) {
      if (signal.aborted) return;
      const wait = waitAfter(error, failures++);
      fail(error, wait);
      await sleep(wait, signal);
    }
  }
}

/** The ms until the next try: as many as a server asks for (`error.retryAfter`), and more with every failure. */
export function waitAfter(error, failures) {
  return Math.max(backoff(failures), Math.min(error.retryAfter ?? 0, LONGEST_OBEYED_MS));
}

/** Twice as long after every failure, up to a limit. */
export function backoff(failures) {
  return Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);
}

/** Resolves after `ms`, or when `signal` is aborted. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, ms));
    signal.addEventListener("abort", done);
  });
}

/** Waits while the page is hidden. */
export function awake(page = document) {
  return new Promise((resolve) => {
    if (!page.hidden) return resolve();
    const look = () => {
      if (page.hidden) return;
      page.removeEventListener("visibilitychange", look);
      resolve();
    };
    page.addEventListener("visibilitychange", look);
  });
}

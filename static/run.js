import { Problem, Unreachable, predict } from "./client.js";
import { awake } from "./live.js";

const FINAL = [401, 403, 404]; // statuses that no later try changes

/** A run of the camera until `signal` is aborted: what `watch` needs to send its frames and show their answers. */
export function run({ camera, view, messages, settings, history, session, signal }) {
  const figures = { latency: 0, server: undefined, sent: 0, dropped: 0 };

  function send(picture) {
    figures.sent += 1;
    return predict(picture, signal, settings.values);
  }

  function show(answer, ms) {
    const { smooth, mirror, glide, explain } = settings.values;
    const now = performance.now();
    const shown = session.take(answer, now, { smooth });
    Object.assign(figures, { latency: ms, server: answer.timing_ms?.total });
    view.figures(figures);
    view.show(shown, ms, { mirrored: mirror, glide, landmarks: explain, live: true });
    history.add(shown, now);
    view.past(history);
  }

  function fail(error, wait) {
    const passes = error instanceof Unreachable || (error instanceof Problem && !FINAL.includes(error.status));
    if (!passes) throw error;
    if (error.status === 413) camera.shrink();
    figures.dropped += 1;
    view.figures(figures);
    view.lose(messages.failed(error), messages.liveTrouble(error, wait));
  }

  return { awake, frame: () => camera.frame(), predict: send, show, fail, signal };
}

const TIMEOUT_MS = 20_000;

/** The server answered, but with an error: RFC 9457's `status` and `detail`. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** No answer came. */
export class Unreachable extends Error {}

/** What the server says of a picture (Blob). Rejects with Problem, Unreachable, or when `signal` is aborted. */
export async function predict(picture, signal) {
  const response = await post(picture, signal);
  if (!response.ok) throw new Problem(response.status, await detail(response));
  return response.json();
}

async function post(picture, signal) {
  const body = new FormData();
  body.append("image", picture);
  try {
    return await fetch("/predict", { method: "POST", body, signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreachable(error.message);
  }
}

/** What a proxy in between answers need be no JSON. */
async function detail(response) {
  try {
    return (await response.json()).detail ?? response.statusText;
  } catch {
    return response.statusText;
  }
}

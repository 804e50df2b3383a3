const TIMEOUT_MS = 20_000;

/** The server answered, but with an error: RFC 9457's `status` and `detail`, and after how many ms to ask again. */
export class Problem extends Error {
  constructor(status, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** No answer came; `late`: not in time. */
export class Unreachable extends Error {
  constructor(message, late = false) {
    super(message);
    this.late = late;
  }
}

/** Whether the same may be answered later: the server was not there, or has no time. */
export function passing(error) {
  return (error instanceof Unreachable && !error.late) || error?.retryAfter > 0 || [429, 502, 503, 504].includes(error?.status);
}

/**
 * What the server says of a picture (Blob), with pictures of what the network sees if `explain`.
 * Rejects with Problem, Unreachable, or when `signal` is aborted.
 */
export async function predict(picture, signal, { explain = false } = {}) {
  const response = await post(explain ? "predict?explain=1" : "predict", picture, signal);
  if (!response.ok) throw new Problem(response.status, await detail(response), retryAfter(response.headers.get("Retry-After")));
  return reached(() => response.json(), signal); // a server that ends in the middle of its answer has not answered
}

/** A photo from the server as a File. Rejects with Problem, Unreachable, or when `signal` is aborted. */
export async function photoAt(address, signal) {
  const response = await reached(() => fetch(address, { signal: inTime(signal) }), signal);
  if (!response.ok) throw new Problem(response.status, await detail(response));
  const picture = await reached(() => response.blob(), signal);
  return new File([picture], address.split("/").at(-1), { type: response.headers.get("Content-Type") });
}

function post(address, picture, signal) {
  const body = new FormData();
  body.append("image", picture, "image"); // not by the name that the file has
  return reached(() => fetch(address, { method: "POST", body, signal: inTime(signal) }), signal);
}

/** Where signals cannot be joined (Firefox before 124, Safari before 17.4) an answer may take its time. */
function inTime(signal) {
  return AbortSignal.any?.([signal, AbortSignal.timeout(TIMEOUT_MS)]) ?? signal;
}

/** What `act` answers. Rejects with Unreachable where the server does not, or when `signal` is aborted. */
async function reached(act, signal) {
  try {
    return await act();
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreachable(error.message, error.name === "TimeoutError");
  }
}

/** The ms that a Retry-After asks for: seconds or a date (RFC 9110, 10.2.3); 0 where there is none. */
export function retryAfter(header, now = Date.now()) {
  if (!header) return 0;
  const ms = /^\d+$/.test(header.trim()) ? 1000 * Number(header) : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** What a proxy in between answers need be no JSON, and HTTP/2 has no words for a status. */
async function detail(response) {
  const words = response.statusText || `HTTP ${response.status}`;
  try {
    return (await response.json()).detail ?? words;
  } catch {
    return words;
  }
}

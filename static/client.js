const TIMEOUT_MS = 20_000;

/** The server answered, but with an error: RFC 9457's `status` and `detail`, and after how many ms to ask again. */
export class Problem extends Error {
  constructor(status, detail, retryAfter = 0) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** No answer came. */
export class Unreachable extends Error {}

/**
 * What the server says of a picture (Blob), with pictures of what the network sees if `explain`.
 * Rejects with Problem, Unreachable, or when `signal` is aborted.
 */
export async function predict(picture, signal, { explain = false } = {}) {
  const response = await post(explain ? "/predict?explain=1" : "/predict", picture, signal);
  if (!response.ok) throw new Problem(response.status, await detail(response), retryAfter(response.headers.get("Retry-After")));
  return read(response, signal);
}

/** A photo from the server as a File. Rejects with Problem or Unreachable. */
export async function photoAt(address) {
  try {
    const response = await fetch(address);
    if (!response.ok) throw new Problem(response.status, await detail(response));
    return new File([await response.blob()], address.split("/").at(-1), { type: response.headers.get("Content-Type") });
  } catch (error) {
    throw error instanceof Problem ? error : new Unreachable(error.message);
  }
}

async function post(address, picture, signal) {
  const body = new FormData();
  body.append("image", picture, "image"); // not by the name that the file has
  // Where signals cannot be joined (Firefox before 124, Safari before 17.4) an answer may take its time.
  const ends = AbortSignal.any?.([signal, AbortSignal.timeout(TIMEOUT_MS)]) ?? signal;
  try {
    return await fetch(address, { method: "POST", body, signal: ends });
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreachable(error.message);
  }
}

/** A server that ends in the middle of its answer has not answered. */
async function read(response, signal) {
  try {
    return await response.json();
  } catch (error) {
    signal.throwIfAborted();
    throw new Unreachable(error.message);
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

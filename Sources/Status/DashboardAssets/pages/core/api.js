// The status API: every read goes through here.

/** Failed request: a problem response (RFC 9457), or no response (`status` 0). */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? body.title ?? "");
    this.status = status;
    this.type = String(body.type ?? "").split("/").pop();
    this.errors = body.errors ?? [];
  }
}

let skew = 0;

/** Milliseconds since 1970 by the server's clock, so that ages are right even if the browser's clock is wrong. */
export function serverNow() {
  return Date.now() + skew;
}

/** Measures the difference between the server's clock and the browser's. */
function noteClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  // The Date header has whole seconds, so smaller differences mean nothing.
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
}

/** Sends a request; throws a `Problem` with status 0 if there is no response. */
async function send(path, options) {
  try {
    const response = await fetch(path, { credentials: "same-origin", ...options });
    noteClock(response);
    return response;
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Problem(0);
  }
}

/** Throws a `Problem` if the response is an error. */
async function check(response) {
  if (response.ok) return;
  const isProblem = (response.headers.get("content-type") ?? "").includes("json");
  throw new Problem(response.status, isProblem ? await response.json().catch(() => ({})) : {});
}

/** Reads a resource; the browser's cache revalidates it by its ETag. */
export async function read(path, signal) {
  const response = await send(path, { signal, headers: { Accept: "application/json" } });
  await check(response);
  return response.json();
}

/**
 * Starts a session with an access token. With `isLink` the token came in an address, and only the server's own is
 * accepted.
 */
export async function logIn(token, { isLink = false } = {}) {
  await check(await send("/login", {
    method: "POST", headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(isLink ? { token, link: true } : { token }),
  }));
}

/** Ends the session. */
export async function logOut() {
  await check(await send("/logout", { method: "POST", headers: { Accept: "application/json" } }));
}

/** An API path with query parameters; empty ones are omitted, lists repeat their name. */
export function apiPath(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(name, one);
    }
  }
  const text = query.toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

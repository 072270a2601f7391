// The status API: every read goes through here.

/** A request that was answered with a problem (RFC 9457), or not answered (`status` 0). */
export class Problem extends Error {
  constructor(status, body = {}) {
    super(body.detail ?? body.title ?? "");
    this.status = status;
    this.type = String(body.type ?? "").split("/").pop();
    this.errors = body.errors ?? [];
  }
}

let skew = 0;

/** Milliseconds since 1970 by the server's clock, so that ages are right where the browser's clock is not. */
export function serverNow() {
  return Date.now() + skew;
}

function noteClock(response) {
  const date = Date.parse(response.headers.get("date") ?? "");
  // A header has whole seconds: a smaller difference says nothing.
  if (!Number.isNaN(date)) skew = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
}

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

/** Starts a session with an access token; with one that came in an address, only where it is this server's own. */
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

/** A path of the API with the query's values; empty ones are left out, lists repeat their name. */
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

// What a view reads, and the state of each reading: loading, ready, failed, or kept from before.

import { Problem, read, serverNow } from "./api.js";

/** Milliseconds between two readings of one resource, however many events come. */
const CALM = 1000;

/** The readings of one view. `changed` is called whenever one of them has a new state. */
export class Resources {
  constructor(changed, signedOut) {
    this.entries = {};
    this.changed = changed;
    this.signedOut = signedOut;
  }

  /** Reads what `wanted` names (`{ name: { path, topics } }`): what is there under the same path is kept as it is. */
  want(wanted, { keep }) {
    for (const name of Object.keys(this.entries)) {
      if (name in wanted) continue;
      this.#abandon(this.entries[name]);
      delete this.entries[name];
    }
    for (const [name, { path, topics = [] }] of Object.entries(wanted)) {
      const before = this.entries[name];
      if (before?.path === path) continue;
      if (before) this.#abandon(before);
      // The rows of the filter before stand, marked as busy, until the new ones come.
      this.entries[name] = {
        path, topics, state: "loading", value: keep ? before?.value : undefined, problem: undefined, at: keep ? before?.at : undefined,
        isBusy: true,
      };
      this.#load(this.entries[name]);
    }
  }

  /** Reads anew what shows something of a topic; everything without one. */
  refresh(topic) {
    for (const entry of Object.values(this.entries)) {
      if (topic !== undefined && !entry.topics.includes(topic)) continue;
      if (entry.timer) continue;
      const rest = Math.max(0, CALM - (Date.now() - (entry.startedAt ?? 0)));
      entry.timer = setTimeout(() => {
        entry.timer = undefined;
        this.#load(entry);
      }, rest);
    }
  }

  /** Reads anew what failed. */
  retry() {
    for (const entry of Object.values(this.entries)) {
      if (!entry.problem) continue;
      entry.state = entry.value === undefined ? "loading" : entry.state;
      entry.problem = undefined;
      this.#load(entry);
    }
    this.changed();
  }

  stop() {
    for (const entry of Object.values(this.entries)) this.#abandon(entry);
    this.entries = {};
  }

  #abandon(entry) {
    clearTimeout(entry.timer);
    entry.isGone = true;
    entry.abort?.abort();
  }

  async #load(entry) {
    entry.abort?.abort();
    const abort = new AbortController();
    entry.abort = abort;
    entry.startedAt = Date.now();
    try {
      const value = await read(entry.path, abort.signal);
      if (entry.abort !== abort || entry.isGone) return;
      Object.assign(entry, { state: "ready", value, problem: undefined, at: serverNow(), isBusy: false });
    } catch (failure) {
      if (failure.name === "AbortError" || entry.abort !== abort || entry.isGone) return;
      const problem = failure instanceof Problem ? failure : new Problem(0);
      if (problem.status === 401) return this.signedOut();
      // What is gone, or may no longer be seen, does not stay on the page; anything else is kept and called stale.
      if (problem.status === 403 || problem.status === 404 || problem.status === 400) entry.value = undefined;
      Object.assign(entry, { state: entry.value === undefined ? "failed" : "stale", problem, isBusy: false });
    }
    this.changed();
  }
}

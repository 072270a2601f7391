// Resources of a view, each with its state: loading, ready, failed or stale.

import { Problem, read, serverNow } from "./api.js";

/** Minimum milliseconds between reads of one resource, however many events arrive. */
const CALM = 1000;

/** Resources of one view. Calls `changed` whenever the state of one of them changes. */
export class Resources {
  constructor(changed, signedOut) {
    this.entries = {};
    this.changed = changed;
    this.signedOut = signedOut;
  }

  /**
   * Reads the resources in `wanted` (`{ name: { path, topics } }`); those already there with the same path are kept.
   */
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
      // With a new filter, the old rows stay visible, marked as busy, until the new ones arrive.
      this.entries[name] = {
        path, topics, state: "loading", value: keep ? before?.value : undefined, problem: undefined, at: keep ? before?.at : undefined,
        isBusy: true,
      };
      this.#load(this.entries[name]);
    }
  }

  /** Reads the resources of a topic again; all of them without a topic. */
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

  /** Reads failed resources again. */
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
      // Values that are gone or no longer visible to the user are removed; all others are kept and marked as stale.
      if (problem.status === 403 || problem.status === 404 || problem.status === 400) entry.value = undefined;
      Object.assign(entry, { state: entry.value === undefined ? "failed" : "stale", problem, isBusy: false });
    }
    this.changed();
  }
}

// Stream of change events, and the state of its connection.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
/** Milliseconds between health checks of the server: a connection that was cut silently looks alive. */
const LOOK = 30000;
/** Timeout of a health check in milliseconds. */
const ANSWER = 10000;

/**
 * Follows the server's events until `stop()`.
 *
 * `onchange(topic | undefined)`: something of a topic changed; without a topic, anything may have. `onstate(state)`:
 * `connecting`, `live` or `lost`. EventSource reconnects by itself with the id of the last event; if the server refuses
 * the stream, a new one starts after a delay, and what happened in between is unknown.
 */
export function follow({ onchange, onstate, onsignedout }) {
  let source;
  let timer;
  let wait = FIRST_WAIT;
  let isStopped = false;
  let wasLive = false;
  let isReconnecting = false;

  function open() {
    clearTimeout(timer);
    source = new EventSource("/api/v1/events");
    source.onopen = () => {
      wait = FIRST_WAIT;
      onstate("live");
      if (isReconnecting) onchange(undefined);
      wasLive = true;
      isReconnecting = false;
    };
    source.onerror = () => {
      if (isStopped) return;
      onstate(wasLive ? "lost" : "connecting");
      if (source.readyState === EventSource.CLOSED) again();
    };
    source.addEventListener("change", (event) => onchange(topicOf(event.data)));
    source.addEventListener("reset", () => onchange(undefined));
    source.addEventListener("end", (event) => {
      if (reasonOf(event.data) === "signed-out") onsignedout();
      else if (reasonOf(event.data) === "rights-changed") onchange(undefined);
    });
  }

  async function look() {
    if (source?.readyState !== EventSource.OPEN || document.hidden) return;
    try {
      await fetch("/healthz", { cache: "no-store", signal: /** @type {any} */ (AbortSignal).timeout(ANSWER) });
    } catch {
      if (isStopped) return;
      onstate("lost");
      again();
    }
  }

  function again() {
    source.close();
    wasLive = true;
    isReconnecting = true;
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function stop() {
    isStopped = true;
    clearTimeout(timer);
    clearInterval(looking);
    source?.close();
  }

  const looking = setInterval(look, LOOK);
  onstate("connecting");
  open();
  return { stop };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const topicOf = (text) => parsed(text).topic;
const reasonOf = (text) => parsed(text).reason;

// Asks again where the service says that it is busy, when it says that it will not be; and where an answer was lost.

const BUSY = [429, 503];
const LOST = [0, 502]; // the network, or the worker, was gone for a moment
const ATTEMPTS = { busy: 8, lost: 3 };
const DEFAULT_SECONDS = 1;
const MOST_SECONDS = 60;

// onPause: gets the seconds that are waited.
export async function patiently(attempt, signal, onPause) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const attempts = BUSY.includes(error.status) ? ATTEMPTS.busy : LOST.includes(error.status) ? ATTEMPTS.lost : 1;
      if (tries >= attempts) throw error;
      const seconds = secondsOf(error.retryAfter);
      onPause(seconds);
      await pause(seconds, signal);
    }
  }
}

// The header has seconds, or the date when they are over.
function secondsOf(header) {
  const seconds = /^\d+$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? DEFAULT_SECONDS : Math.min(MOST_SECONDS, Math.max(0, seconds));
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, 1000 * seconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

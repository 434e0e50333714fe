// Timers of the world let a process end that waits for nothing else. A backup that pauses for its bandwidth, or before
// it asks the store once more, must not end so: silently, with exit code 0.

/** Longer than any timer takes; it is never called. */
const farMs = 2 ** 31 - 1;

/** The process does not end by itself before the work has. */
export async function stayingAlive<Result>(work: () => Promise<Result>): Promise<Result> {
  const handle = setInterval(() => {}, farMs);
  try {
    return await work();
  } finally {
    clearInterval(handle);
  }
}

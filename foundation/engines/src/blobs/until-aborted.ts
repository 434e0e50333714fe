// A source of bytes that ends with a signal's reason as soon as it aborts, even while the source itself is stuck.

export async function* untilAborted<T>(source: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  let interrupt: (reason: unknown) => void = () => {};
  const onAbort = () => interrupt(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  let ended = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        iterator.next().then(resolve, reject);
      });
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a source that is stuck would hold its reader too. Its own failure has nobody left to tell.
    if (!ended) iterator.return?.().catch(() => {});
  }
}

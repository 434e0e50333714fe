// Answers that stream: items as lines of JSON. A group of items is asked for when the client has room for it, so memory is
// bounded by one group and what the connection holds; once the client is gone nothing more is asked for.

import type { Log } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import type { z } from 'zod';
import { ApiError } from '../api-error.ts';
import { apiStreamIdleMs } from '../limits.ts';

type Parts = { readonly clock: Clock; readonly log: Log };
type Items = AsyncIterable<readonly unknown[]>;
type LinesOptions = Parts & {
  readonly item: z.ZodType;
  readonly requestId: string;
  readonly stopping: AbortController;
};

const idleLine = Buffer.from('\n');

export class ItemStreams {
  readonly #parts: Parts;
  readonly #open = new Set<AbortController>();
  #isEnded = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `begin` gets the signal that ends the stream; what it rejects with is the answer. */
  async answer(
    options: Pick<LinesOptions, 'item' | 'requestId'>,
    begin: (signal: AbortSignal) => Promise<unknown>,
  ): Promise<Response> {
    if (this.#isEnded) throw serviceStops();
    const stopping = new AbortController();
    this.#open.add(stopping);
    stopping.signal.addEventListener('abort', () => this.#open.delete(stopping));
    try {
      const items = (await begin(stopping.signal)) as Items;
      return responseOf(new Lines(items, { ...options, ...this.#parts, stopping }));
    } catch (error) {
      stopping.abort();
      throw error;
    }
  }

  /** Those that are open say that the service stops; no other begins. */
  end(): void {
    this.#isEnded = true;
    for (const stopping of this.#open) stopping.abort(serviceStops());
  }
}

function responseOf(lines: Lines): Response {
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const chunk = await lines.next();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => lines.close(),
    },
    // Nothing is read ahead of what the client takes.
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };
  return new Response(body, { headers });
}

class Lines {
  readonly #groups: AsyncIterator<readonly unknown[]>;
  readonly #options: LinesOptions;
  /** What was asked for and has not come. */
  #asked: Promise<IteratorResult<readonly unknown[]>> | undefined;
  #isOver = false;

  constructor(items: Items, options: LinesOptions) {
    this.#groups = items[Symbol.asyncIterator]();
    this.#options = options;
  }

  /** The next lines, or an empty one after a while without; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    try {
      for (;;) {
        const group = await this.#groupOrIdle();
        if (group === 'idle') return idleLine;
        if (group.done) break;
        if (group.value.length > 0) return this.#linesOf(group.value);
      }
      this.#finish();
      return undefined;
    } catch (error) {
      const { code, message } = this.#told(error);
      void this.close();
      return Buffer.from(lineOf({ error: { code, message, requestId: this.#options.requestId } }));
    }
  }

  /** Asks for no more. What is under way is told so by the signal. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#finish();
    await this.#asked?.catch(() => {});
    await this.#groups.return?.().catch(() => {});
  }

  #finish(): void {
    this.#isOver = true;
    this.#options.stopping.abort();
  }

  #linesOf(items: readonly unknown[]): Uint8Array {
    // A client relies on the document: an item that breaks it is our mistake, and fails here rather than there.
    return Buffer.from(items.map((item) => lineOf(this.#options.item.parse(item))).join(''));
  }

  async #groupOrIdle(): Promise<IteratorResult<readonly unknown[]> | 'idle'> {
    const { clock, stopping } = this.#options;
    const { signal } = stopping;
    signal.throwIfAborted();
    this.#asked ??= this.#groups.next();
    const { promise, resolve, reject } = Promise.withResolvers<'idle'>();
    const timer = clock.setTimer(apiStreamIdleMs, () => resolve('idle'));
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      const group = await Promise.race([this.#asked, promise]);
      if (group !== 'idle') this.#asked = undefined;
      return group;
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  #told(error: unknown): ApiError {
    const { log, requestId, stopping } = this.#options;
    // What was under way may have failed by the end of the service.
    if (stopping.signal.reason instanceof ApiError) return stopping.signal.reason;
    if (error instanceof ApiError) return error;
    log.error('a stream of the management API failed', { requestId, error });
    return new ApiError('internal', 'an unexpected error happened; the log has its details');
  }
}

function lineOf(item: unknown): string {
  return `${JSON.stringify(item)}\n`;
}

function serviceStops(): ApiError {
  return new ApiError('unavailable', 'the service is being stopped');
}

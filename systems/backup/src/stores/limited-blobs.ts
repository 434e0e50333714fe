// Blobs that take and give no more bytes a second than was allowed. What goes up is paid for before it is sent, what comes down piece by
// piece: a caller who is slow to read makes the server slow to send.
//
// A heartbeat must not wait behind a pack that takes minutes, or its session is taken for dead: what is small is counted, and never waits.

import type { BlobBody, BlobContent, BlobInfo, BlobPage, Blobs } from '@cairn/engines';
import type { GetOptions, ListOptions, PutOptions } from '@cairn/engines/blobs';
import type { Clock } from '@cairn/world';
import { unlimitedBytesMax } from '../limits.ts';

export type Bandwidth = {
  /** In bytes per second, on average over some packs. */
  readonly uploadBytesPerSecond?: number;
  readonly downloadBytesPerSecond?: number;
};

export type LimitedBlobsOptions = Bandwidth & {
  readonly clock: Clock;
  /** Ends whatever waits for its turn, and bodies, with the signal's reason. What is put later, to tidy up, does not wait. */
  readonly signal?: AbortSignal;
};

export class LimitedBlobs implements Blobs {
  readonly #blobs: Blobs;
  readonly #up: Meter;
  readonly #down: Meter;

  constructor(blobs: Blobs, { uploadBytesPerSecond, downloadBytesPerSecond, ...rest }: LimitedBlobsOptions) {
    this.#blobs = blobs;
    this.#up = new Meter(uploadBytesPerSecond, rest);
    this.#down = new Meter(downloadBytesPerSecond, rest);
  }

  async put(name: string, body: BlobBody, options: PutOptions = {}): Promise<'stored' | 'exists'> {
    if (!(body instanceof Uint8Array)) return this.#blobs.put(name, this.#up.through(body), options);
    const { length } = body;
    await this.#up.pay(length, { waits: length > unlimitedBytesMax, signal: options.signal });
    return this.#blobs.put(name, body, options);
  }

  async get(name: string, options: GetOptions = {}): Promise<BlobContent | undefined> {
    const content = await this.#blobs.get(name, options);
    if (content === undefined) return undefined;
    const length = options.range?.length ?? content.info.sizeBytes;
    const waits = length > unlimitedBytesMax;
    return { ...content, body: this.#down.through(content.body, { waits, signal: options.signal }) };
  }

  head(name: string): Promise<BlobInfo | undefined> {
    return this.#blobs.head(name);
  }

  delete(names: readonly string[]): Promise<void> {
    return this.#blobs.delete(names);
  }

  list(options: ListOptions): Promise<BlobPage> {
    return this.#blobs.list(options);
  }

  close(): Promise<void> {
    return this.#blobs.close();
  }
}

type Paying = { readonly waits: boolean; readonly signal?: AbortSignal | undefined };

/** One direction. */
class Meter {
  readonly #bytesPerSecond: number | undefined;
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  /** When all that was asked for is paid for, by the monotonic clock. */
  #paidAtMs = 0;

  constructor(
    bytesPerSecond: number | undefined,
    { clock, signal }: Pick<LimitedBlobsOptions, 'clock' | 'signal'>,
  ) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
    this.#signal = signal;
  }

  /** Resolves when what was asked for before is paid for. */
  async pay(bytes: number, { waits, signal }: Paying): Promise<void> {
    if (this.#bytesPerSecond === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#paidAtMs - nowMs;
    this.#paidAtMs = Math.max(this.#paidAtMs, nowMs) + (bytes / this.#bytesPerSecond) * 1000;
    if (!waits || waitMs <= 0 || this.#signal?.aborted === true) return;
    const signals = [this.#signal, signal].filter((one) => one !== undefined);
    await this.#clock.sleep(waitMs, signals.length > 0 ? AbortSignal.any(signals) : undefined);
  }

  async *through(
    body: AsyncIterable<Uint8Array>,
    paying: Paying = { waits: true },
  ): AsyncIterable<Uint8Array> {
    for await (const piece of body) {
      if (paying.waits) this.#signal?.throwIfAborted();
      await this.pay(piece.length, paying);
      yield piece;
    }
  }
}

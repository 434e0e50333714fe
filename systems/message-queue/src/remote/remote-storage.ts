// The blobs engine as partitions use it: opened when it is first wanted, every call within a time, and, after a failure, reads
// refused at once for a while: who waits for what does not come holds up others.
//
// What fails here is KAFKA_STORAGE_ERROR to a client, which tries again.

import type { BlobInfo, Blobs } from '@cairn/engines';
import { crc32c } from '@cairn/hashing';
import type { Telemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import {
  missingBlobsMax,
  remoteCallMsMax,
  remoteEndingMsMax,
  remotePutMsMax,
  remoteReadsMax,
  remoteRestMs,
  remoteWaitMsMax,
} from '../limits.ts';
import { PartitionError } from '../partition/partition.ts';
import { Gate } from './gate.ts';
import type { RemoteCounts } from './remote-counts.ts';
import { RemoteError } from './remote-error.ts';
import { type Watch, withinTime } from './time-limit.ts';

export type RemoteStorageOptions = {
  readonly open: () => Promise<Blobs>;
  readonly clock: Clock;
  readonly log: Telemetry['log'];
  readonly counts: Pick<RemoteCounts, 'read' | 'failed'>;
};

export type BlobRange = { readonly name: string; readonly start: number; readonly lengthBytes: number };

export class RemoteStorage {
  readonly #options: RemoteStorageOptions;
  readonly #reads = new Gate(remoteReadsMax);
  #opening: Promise<Blobs> | undefined;
  readonly #missing = new Set<string>();
  #failures = 0;
  #restsUntilMs = 0;

  constructor(options: RemoteStorageOptions) {
    this.#options = options;
  }

  /** Rejects when the engine cannot be opened; it is tried again by the next call. */
  open(): Promise<Blobs> {
    if (this.#opening !== undefined) return this.#opening;
    const opening = this.#options.open();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  /** Some bytes of a blob. Throws PartitionError KAFKA_STORAGE_ERROR. */
  async read({ name, start, lengthBytes }: BlobRange): Promise<Buffer> {
    this.#requireAwake();
    return this.#reads.run(async () => {
      // Others may have failed while this one waited for its turn.
      this.#requireAwake();
      const late = this.#options.clock.setTimer(remoteWaitMsMax, () => this.#rest('it is slow'));
      try {
        const bytes = await this.#within('read', (watch) =>
          this.#readNow({ name, start, lengthBytes }, watch),
        );
        this.#failures = 0;
        this.#restsUntilMs = 0;
        this.#options.counts.read(bytes.length);
        return bytes;
      } catch (error) {
        if (error instanceof MissingBlobError) this.#tellMissing(name);
        else this.#rest(error);
        throw storageError(`the blob ${name} could not be read`, error);
      } finally {
        late.cancel();
      }
    });
  }

  /** Undefined when it is not there. Throws PartitionError KAFKA_STORAGE_ERROR. */
  async sizeOf(name: string): Promise<number | undefined> {
    try {
      return (await this.#within('look for', async () => (await this.open()).head(name)))?.sizeBytes;
    } catch (error) {
      throw storageError(`the blob ${name} could not be looked for`, error);
    }
  }

  /** Stores a blob durably. Rejects with what the engine, the body or the signal says, or when nothing moves any more. */
  async put(name: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    const store = async (watch: Watch) => {
      const blobs = await this.open();
      await blobs.put(name, watched(body, watch), { signal: watch.signal });
    };
    const { clock } = this.#options;
    // What is left behind may be stored all the same, when nobody looks for it any more.
    const limits = { timeMs: remotePutMsMax, endingMs: remoteEndingMsMax };
    await withinTime(store, { what: 'put', clock, signal, ...limits });
  }

  /** Of all bytes of a blob, read back; undefined when it is not there. */
  async checksum(
    name: string,
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; checksum: number } | undefined> {
    return this.#within(
      'read back',
      async (watch) => {
        const found = await (await this.open()).get(name, { signal: watch.signal });
        if (found === undefined) return undefined;
        let [sizeBytes, checksum] = [0, 0];
        for await (const piece of watched(found.body, watch)) {
          sizeBytes += piece.length;
          checksum = crc32c(piece, checksum);
        }
        return { sizeBytes, checksum };
      },
      signal,
    );
  }

  async delete(names: readonly string[], signal?: AbortSignal): Promise<void> {
    await this.#within('delete', async () => (await this.open()).delete(names), signal);
  }

  /** Deletes all blobs whose names begin so, but those that `isKept`. Resolves with how many. */
  async deleteUnder(
    prefix: string,
    options: { readonly isKept?: (name: string) => boolean; readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    const { isKept = () => false, signal } = options;
    let count = 0;
    for await (const page of this.#pages(prefix, signal)) {
      const gone = page.map(({ name }) => name).filter((name) => !isKept(name));
      if (gone.length > 0) await this.delete(gone, signal);
      count += gone.length;
    }
    return count;
  }

  /** All blobs whose names begin so. Throws PartitionError KAFKA_STORAGE_ERROR. */
  async *list(prefix: string): AsyncGenerator<BlobInfo, void, undefined> {
    try {
      for await (const page of this.#pages(prefix)) yield* page;
    } catch (error) {
      throw storageError(`the blobs of ${prefix} could not be listed`, error);
    }
  }

  /** Calls under way fail. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = Promise.reject(new RemoteError('the blobs engine was closed'));
    this.#opening.catch(() => {});
    const blobs = await opening?.catch(() => undefined);
    await blobs?.close();
  }

  async *#pages(prefix: string, signal?: AbortSignal): AsyncGenerator<readonly BlobInfo[], void, undefined> {
    for (let after: string | undefined, more = true; more; ) {
      const listing = { prefix, ...(after !== undefined && { after }) };
      const page = await this.#within('list', async () => (await this.open()).list(listing), signal);
      yield page.blobs;
      after = page.blobs.at(-1)?.name;
      more = page.more && after !== undefined;
    }
  }

  async #readNow({ name, start, lengthBytes }: BlobRange, watch: Watch): Promise<Buffer> {
    const blobs = await this.open();
    const found = await blobs.get(name, { range: { start, length: lengthBytes }, signal: watch.signal });
    if (found === undefined) throw new MissingBlobError(`there is no blob ${name}`);
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    let filled = 0;
    for await (const piece of found.body) {
      if (filled + piece.length > lengthBytes) break;
      bytes.set(piece, filled);
      filled += piece.length;
    }
    if (filled !== lengthBytes) throw new RemoteError(`${filled} bytes came instead of ${lengthBytes}`);
    return bytes;
  }

  #within<T>(what: string, work: (watch: Watch) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return withinTime(work, { what, clock: this.#options.clock, timeMs: remoteCallMsMax, signal });
  }

  #requireAwake(): void {
    if (this.#options.clock.monotonicMs() >= this.#restsUntilMs) return;
    throw storageError('the blobs engine failed lately');
  }

  /** Once, as far as that is remembered: consumers try again and again. */
  #tellMissing(name: string): void {
    if (this.#missing.has(name)) return;
    if (this.#missing.size >= missingBlobsMax) this.#missing.clear();
    this.#missing.add(name);
    this.#options.counts.failed('read');
    this.#options.log.error('a blob is missing: its records cannot be read', { name });
  }

  #rest(error: unknown): void {
    const { clock, log, counts } = this.#options;
    counts.failed('read');
    const restMs = Math.min(remoteRestMs.min * 2 ** this.#failures, remoteRestMs.max);
    this.#failures += 1;
    this.#restsUntilMs = clock.monotonicMs() + restMs;
    log.warn('the blobs engine cannot be read; it is tried again', { afterMs: restMs, error });
  }
}

/** Somebody deleted it: the engine itself is well. */
class MissingBlobError extends RemoteError {}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  watch: Watch,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of source) {
    watch.moved();
    yield piece;
  }
  watch.moved();
}

function storageError(detail: string, cause?: unknown): PartitionError {
  return new PartitionError('KAFKA_STORAGE_ERROR', detail, { cause });
}

// The segment log itself: recovery, one writer, and readers of any segment, behind the contract in segment-log.ts.

import assert from 'node:assert/strict';
import { DiskError, type DiskFile } from '@cairn/world';
import { recordSeed } from './format/record-header.ts';
import { segmentName } from './format/segment-name.ts';
import {
  batchBytesMax,
  cachedReadBytesMin,
  readCachedPayloadBytesMax,
  readNowPayloadBytesMax,
  recordHeaderBytes,
  recordPayloadBytesMax,
  segmentBytesLimit,
  segmentHeaderBytes,
} from './limits.ts';
import { listRecords } from './read/list-records.ts';
import { readUpToUnreadable } from './read/read-persistently.ts';
import { eachPayloadOf, payloadsOf, type ReadRequest, wholePayloadsOf } from './read/read-records.ts';
import { SegmentFiles } from './read/segment-files.ts';
import { walkSegment } from './read/walk-segment.ts';
import { type Recovered, recover } from './recovery/recover.ts';
import type {
  ListedRecord,
  ListOptions,
  PayloadIterator,
  ReadIntoOptions,
  ReadOnOptions,
  ReadOptions,
  RecordLocation,
  RecordParts,
  RecordsRead,
  RecoveredRecord,
  SegmentDamage,
  SegmentInfo,
  SegmentLog,
  SegmentLogOptions,
} from './segment-log.ts';
import { SegmentLogError } from './segment-log-error.ts';
import { batchBytes, payloadBytes } from './write/encode-records.ts';
import { PromptWrites } from './write/prompt-writes.ts';
import { SegmentWriter } from './write/segment-writer.ts';

/**
 * Opens the log in a folder, or starts one, and recovers it: cuts a torn tail, finds damage, and calls `onRecovered`
 * for every sound record behind `recoverFrom`; what it hands over is durable. Nobody else may write to the folder: the
 * owner keeps its data folder locked.
 *
 * Throws SegmentLogError `damaged` (not one segment has a sound header), `mixed-logs`, `newer-format`; DiskError; and
 * what `onRecovered` throws.
 */
export async function openSegmentLog(options: SegmentLogOptions): Promise<SegmentLog> {
  const { segmentBytesMax } = options;
  assert(
    segmentBytesMax > segmentHeaderBytes && segmentBytesMax <= segmentBytesLimit,
    `segmentBytesMax is ${segmentBytesMax}, but must be from ${segmentHeaderBytes + 1} to ${segmentBytesLimit}`,
  );
  return new OpenSegmentLog(options, await recover(options));
}

class OpenSegmentLog implements SegmentLog {
  readonly damage: readonly SegmentDamage[];
  readonly #options: SegmentLogOptions;
  readonly #logId: Buffer;
  readonly #files: SegmentFiles;
  readonly #writer: SegmentWriter;
  /** Where each sealed segment ends, in order of their numbers. */
  readonly #sealed: Map<number, number>;
  /** Checksum seeds of segments that were read. */
  readonly #seeds = new Map<number, number>();
  #closing: Promise<void> | undefined;

  constructor(options: SegmentLogOptions, recovered: Recovered) {
    const { disk } = options.world;
    const { logId, tail } = recovered;
    const { directory, segmentBytesMax, writesPromptly = false } = options;
    const { clock } = options.world;
    this.damage = recovered.damage;
    this.#options = options;
    this.#logId = logId;
    this.#sealed = new Map(recovered.sealed);
    this.#files = new SegmentFiles(disk, directory);
    this.#files.adopt(tail.segment, tail.file);
    this.#writer = new SegmentWriter({
      disk,
      directory,
      logId,
      segmentBytesMax,
      tail,
      promptWrites: writesPromptly ? new PromptWrites(clock) : undefined,
      onRolled: (sealed, next) => {
        this.#sealed.set(sealed.segment, sealed.sizeBytes);
        this.#files.adopt(next.segment, next.file);
        this.#files.unpin(sealed.segment);
      },
    });
  }

  get end(): RecordLocation {
    return this.#writer.end;
  }

  append(batch: readonly RecordParts[]): Promise<RecordLocation> {
    assertBatch(batch);
    return this.#closed('append to') ?? this.#writer.append(batch);
  }

  appendNow(batch: readonly RecordParts[]): RecordLocation | undefined {
    assertBatch(batch);
    return this.#closing === undefined ? this.#writer.appendNow(batch) : undefined;
  }

  sync(): Promise<void> {
    return this.#closed('sync') ?? this.#writer.sync();
  }

  roll(): Promise<void> {
    return this.#closed('roll') ?? this.#writer.roll();
  }

  async read(location: RecordLocation, options: ReadIntoOptions): Promise<readonly Uint8Array[]> {
    return [...(await this.readEach(location, options))];
  }

  async readEach(location: RecordLocation, options: ReadIntoOptions): Promise<PayloadIterator> {
    const request = this.#request(location, options);
    return this.#files.use(location.segment, async (file) => {
      const bytes = bufferFor(request, options);
      const bytesRead = await file.read(bytes, location.position);
      return eachPayloadOf(bytes.subarray(0, bytesRead), request, this.#seed(location.segment));
    });
  }

  async readOn(location: RecordLocation, options: ReadOnOptions): Promise<RecordsRead> {
    const { segment, position } = location;
    const { take = Buffer.allocUnsafeSlow } = options;
    const seed = this.#seed(segment);
    const end = this.#endOf(segment, 'read');
    return this.#files.use(segment, async (file) => {
      for (let lengthBytes = Math.max(options.lengthBytes, recordHeaderBytes); ; ) {
        const wanted = Math.max(0, Math.min(lengthBytes, end - position));
        const bytes = wanted === 0 ? nothing : take(wanted).subarray(0, wanted);
        const { bytesRead, unreadable, isPlace } = await readUpToUnreadable(file, bytes, position);
        const found = wholePayloadsOf(bytes.subarray(0, bytesRead), { location }, seed);
        const next = { segment, position: position + found.lengthBytes };
        const { payloads, nextBytes } = found;
        if (payloads.length > 0) return { payloads, next, nextBytes };
        // A longer read would end there, too.
        if (unreadable !== undefined) {
          if (!isPlace) throw unreadable;
          throw new SegmentLogError('damaged', { attempt: 'read', segment, position, cause: unreadable });
        }
        if (bytesRead < bytes.length) {
          const detail = `the segment ends ${bytes.length - bytesRead} bytes too early`;
          throw new SegmentLogError('damaged', { attempt: 'read', segment, position, detail });
        }
        if (nextBytes === undefined) return { payloads, next, nextBytes };
        lengthBytes = nextBytes + recordHeaderBytes;
        if (lengthBytes > end - position) {
          const detail = 'the record is longer than what is left of its segment';
          throw new SegmentLogError('damaged', { attempt: 'read', segment, position, detail });
        }
      }
    });
  }

  readOnCached(location: RecordLocation, options: ReadOnOptions): RecordsRead | undefined {
    const { segment, position } = location;
    const { take = Buffer.allocUnsafeSlow } = options;
    try {
      const file = this.#files.openNow(segment);
      const lengthBytes = Math.min(options.lengthBytes, this.#endOf(segment, 'read') - position);
      if (file === undefined || lengthBytes <= 0 || lengthBytes > readNowPayloadBytesMax) return undefined;
      // Less is never read that way.
      const bytes = take(Math.max(lengthBytes, cachedReadBytesMin));
      if (file.readCached(bytes, position) < lengthBytes) return undefined;
      const found = wholePayloadsOf(bytes.subarray(0, lengthBytes), { location }, this.#seed(segment));
      const { payloads, nextBytes } = found;
      if (payloads.length === 0) return undefined;
      return { payloads, next: { segment, position: position + found.lengthBytes }, nextBytes };
    } catch (error) {
      if (error instanceof SegmentLogError) return undefined;
      throw error;
    }
  }

  readCached(location: RecordLocation, options: ReadIntoOptions): PayloadIterator | undefined {
    const request = this.#request(location, options);
    assertAtMost(readCachedPayloadBytesMax, request);
    const file = this.#files.openNow(location.segment);
    if (file === undefined) return undefined;
    const { lengthBytes } = request;
    // Less is never read that way.
    const wanted = Math.max(lengthBytes, cachedReadBytesMin);
    const bytes = options.into?.subarray(0, wanted) ?? Buffer.allocUnsafeSlow(wanted);
    assert(bytes.length >= lengthBytes, 'the buffer is too small for what is to be read');
    if (file.readCached(bytes, location.position) < lengthBytes) return undefined;
    return eachPayloadOf(bytes.subarray(0, lengthBytes), request, this.#seed(location.segment));
  }

  readNow(location: RecordLocation, options: ReadIntoOptions): readonly Uint8Array[] | undefined {
    const request = this.#request(location, options);
    assertAtMost(readNowPayloadBytesMax, request);
    const file = this.#files.openNow(location.segment);
    if (file === undefined) return undefined;
    const bytes = bufferFor(request, options);
    const bytesRead = file.readNow(bytes, location.position);
    return payloadsOf(bytes.subarray(0, bytesRead), request, this.#seed(location.segment));
  }

  async *list(
    segment: number,
    { skipsUnreadable = false }: ListOptions = {},
  ): AsyncGenerator<ListedRecord, void, undefined> {
    const end = this.#endOf(segment, 'list');
    const file = await this.#openSegment(segment);
    try {
      const seed = this.#seed(segment);
      yield* listRecords({ file, segment, seed, from: segmentHeaderBytes, end, skipsUnreadable });
    } finally {
      await file.close();
    }
  }

  async *scan(from: RecordLocation): AsyncGenerator<RecoveredRecord, void, undefined> {
    const { segment } = from;
    const end = this.#endOf(segment, 'scan');
    const file = await this.#openSegment(segment);
    try {
      const steps = walkSegment({
        file,
        segment,
        seed: this.#seed(segment),
        firstSequence: undefined,
        from: from.position,
        end,
        syncedTo: end,
        skipsUnreadable: false,
      });
      for await (const step of steps) {
        const { kind, position } = step;
        if (kind !== 'record') {
          throw new SegmentLogError('damaged', { attempt: 'scan', segment, position, detail: step.detail });
        }
        if (step.header.kind === 'data') yield { location: { segment, position }, payload: step.payload };
      }
    } finally {
      await file.close();
    }
  }

  segments(): readonly SegmentInfo[] {
    const sealed = [...this.#sealed].map(([segment, sizeBytes]) => ({ segment, sizeBytes, sealed: true }));
    const { segment, position } = this.end;
    return [...sealed, { segment, sizeBytes: position, sealed: false }];
  }

  async remove(segment: number): Promise<void> {
    const { directory, world } = this.#options;
    this.#endOf(segment, 'remove');
    assert(segment !== this.end.segment, `segment ${segment} is being written; roll first`);
    try {
      await world.disk.remove(this.#path(segment));
    } catch (error) {
      // An earlier call may have come this far and failed to sync the folder.
      if (!isNotFound(error)) throw error;
    }
    await this.#files.forget(segment);
    await world.disk.syncDirectory(directory);
    this.#sealed.delete(segment);
    this.#seeds.delete(segment);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#writer.finish();
    } finally {
      await this.#files.close();
    }
  }

  #closed(attempt: string): Promise<never> | undefined {
    if (this.#closing === undefined) return undefined;
    return Promise.reject(
      new SegmentLogError('closed', { attempt: `${attempt} ${this.#options.directory}` }),
    );
  }

  #request(location: RecordLocation, { count, lengthBytes }: ReadOptions): ReadRequest {
    assert(
      count >= 1 && lengthBytes >= count * recordHeaderBytes,
      `${count} records do not fit ${lengthBytes} bytes`,
    );
    assert(lengthBytes <= batchBytesMax, `one read takes at most ${batchBytesMax} bytes, not ${lengthBytes}`);
    this.#endOf(location.segment, 'read');
    return { location, count, lengthBytes };
  }

  /** Where a segment ends now. Throws `not-found`, and `closed`. */
  #endOf(segment: number, attempt: string): number {
    if (this.#closing !== undefined) {
      throw new SegmentLogError('closed', { attempt: `${attempt} ${this.#options.directory}` });
    }
    const end = segment === this.end.segment ? this.end.position : this.#sealed.get(segment);
    if (end === undefined) throw new SegmentLogError('not-found', { attempt, segment });
    return end;
  }

  async #openSegment(segment: number): Promise<DiskFile> {
    try {
      return await this.#options.world.disk.open(this.#path(segment), 'read');
    } catch (cause) {
      throw isNotFound(cause) ? new SegmentLogError('not-found', { attempt: 'open', segment, cause }) : cause;
    }
  }

  #path(segment: number): string {
    return `${this.#options.directory}/${segmentName(segment)}`;
  }

  #seed(segment: number): number {
    const known = this.#seeds.get(segment);
    if (known !== undefined) return known;
    const seed = recordSeed(this.#logId, segment);
    this.#seeds.set(segment, seed);
    return seed;
  }
}

const nothing = Buffer.alloc(0);

function assertBatch(batch: readonly RecordParts[]): void {
  assert(batch.length > 0, 'a batch has at least one record');
  for (const parts of batch) {
    const bytes = payloadBytes(parts);
    assert(
      bytes <= recordPayloadBytesMax,
      `a payload has at most ${recordPayloadBytesMax} bytes, not ${bytes}`,
    );
  }
  const bytes = batchBytes(batch);
  assert(bytes <= batchBytesMax, `a batch takes at most ${batchBytesMax} bytes with headers, not ${bytes}`);
}

function isNotFound(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'not-found';
}

function bufferFor({ lengthBytes }: ReadRequest, { into }: ReadIntoOptions): Buffer {
  if (into === undefined) return Buffer.allocUnsafeSlow(lengthBytes);
  assert(into.length >= lengthBytes, 'the buffer is too small for what is to be read');
  return into.subarray(0, lengthBytes);
}

function assertAtMost(payloadBytesMax: number, { lengthBytes, count }: ReadRequest): void {
  const payload = lengthBytes - count * recordHeaderBytes;
  assert(payload <= payloadBytesMax, `at most ${payloadBytesMax} bytes are read at once, not ${payload}`);
}

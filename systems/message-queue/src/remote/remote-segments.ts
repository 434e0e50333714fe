// The segments that a partition has in the blobs engine: moved there, read from there, and deleted there.
//
// | crash | found at start | what follows |
// | --- | --- | --- |
// | before the list file is there | no blob | |
// | while a blob is sent, or before the list names it | a blob that nothing names | the sweep deletes it, the segment is sent again |
// | after the list names it | the segment here and there | it is read here; the file goes when local retention says so |
// | after the checkpoint, before the file is removed | as before | as before |
// | after the file is removed | the segment there | |
// | after the list names a blob no more | a blob in the outbox | it is deleted |
//
// Changes of the list go through `alone`, one at a time with whatever else changes the partition's segments.

import assert from 'node:assert/strict';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { remoteSweepEveryMs, unreadSegmentRestMs } from '../limits.ts';
import { type Offset, PartitionError } from '../partition/partition.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import type { SegmentSummary } from '../partition/segment-index.ts';
import { SegmentGoneError, type SegmentSource } from '../partition/segments/segment-source.ts';
import type { RemoteEngine } from './remote-engine.ts';
import { RemoteError } from './remote-error.ts';
import { type RemoteList, type RemoteSegment, writeRemoteList } from './remote-list.ts';
import { RemoteSource } from './remote-source.ts';
import { SegmentUpload } from './segment-upload.ts';

export type RemoteSegmentsParts = {
  readonly world: World;
  readonly directory: string;
  /** All blobs of the partition begin with it, and no others. */
  readonly prefix: string;
  readonly state: PartitionState;
  /** Absent where none is configured. */
  readonly engine: RemoteEngine | undefined;
  /** As it was found; absent when the partition never had anything there. */
  readonly list: RemoteList | undefined;
  readonly alone: <T>(step: () => Promise<T>) => Promise<T>;
  readonly log: Telemetry['log'];
};

export class RemoteSegments {
  readonly #parts: RemoteSegmentsParts;
  #list: RemoteList;
  #hasFile: boolean;
  /** Whether the file certainly says what the list says, whatever comes: what was found or failed to be written may not. */
  #isDurable = false;
  /** Blobs that are being sent, or whose sending failed: whether they are there is not known. */
  readonly #inDoubt = new Map<string, 'sending' | 'failed'>();
  /** Segments that cannot be copied, since they are damaged. */
  readonly #damaged = new Set<number>();
  /** Segments that the disk could not read: how often, and until when others are copied in their place. */
  readonly #unread = new Map<number, { readonly failures: number; readonly untilMs: number }>();
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(parts: RemoteSegmentsParts) {
    this.#parts = parts;
    this.#list = parts.list ?? { segments: [], garbage: [] };
    this.#hasFile = parts.list !== undefined;
  }

  get all(): readonly RemoteSegment[] {
    return this.#list.segments;
  }

  /** Bytes of those that the list names. */
  get sizeBytes(): number {
    return this.all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Behind the last record that is there. */
  get endOffset(): Offset | undefined {
    return this.all.at(-1)?.endOffset;
  }

  has(segment: number): boolean {
    return this.all.some((remote) => remote.segment === segment);
  }

  sourceOf(remote: RemoteSegment): RemoteSource {
    return new RemoteSource(remote, this.#parts.engine?.chunks);
  }

  /** Whether it has, or may have, anything there. */
  get isUsed(): boolean {
    return this.#hasFile;
  }

  /** Sealed ones that are not there yet, though the topic says so. */
  waiting(): readonly SegmentSummary[] {
    const { state, engine } = this.#parts;
    if (engine === undefined || state.config.remote?.isCopied !== true) return [];
    const current = state.log.end.segment;
    const there = new Set(this.all.map(({ segment }) => segment));
    return state.catalog
      .summaries()
      .filter(
        ({ segment, endOffset }) =>
          segment !== current &&
          endOffset <= state.lastStableOffset &&
          endOffset > state.startOffset &&
          !there.has(segment) &&
          !this.#damaged.has(segment),
      );
  }

  /** Copies the oldest that waits, and that could be read lately. False when there was none. Rejects when the engine fails. */
  async copyNext(signal: AbortSignal): Promise<boolean> {
    const nowMs = this.#parts.world.clock.monotonicMs();
    const isDue = ({ segment }: SegmentSummary) => (this.#unread.get(segment)?.untilMs ?? nowMs) <= nowMs;
    const summary = this.waiting().find(isDue);
    if (summary === undefined) return false;
    try {
      await this.#copy(summary, signal);
      this.#unread.delete(summary.segment);
      return true;
    } catch (error) {
      // Removed or replaced while it was read.
      if (error instanceof SegmentGoneError) return true;
      // What the engine says is no PartitionError.
      if (!(error instanceof PartitionError)) throw error;
      this.#setAside(summary.segment, error);
      return true;
    }
  }

  /** The others are copied all the same. Told once; a damaged one is not tried again. */
  #setAside(segment: number, error: PartitionError): void {
    const { log, directory, engine, world } = this.#parts;
    engine?.counts.unread();
    if (error.code === 'CORRUPT_MESSAGE') {
      this.#damaged.add(segment);
      this.#unread.delete(segment);
      log.error('a damaged segment stays on the broker', { directory, segment, error });
      return;
    }
    const failures = this.#unread.get(segment)?.failures ?? 0;
    const afterMs = Math.min(unreadSegmentRestMs.min * 2 ** failures, unreadSegmentRestMs.max);
    this.#unread.set(segment, { failures: failures + 1, untilMs: world.clock.monotonicMs() + afterMs });
    if (failures > 0) return;
    const fields = { directory, segment, afterMs, error };
    log.warn('a segment cannot be read to be moved; it is tried again, less often each time', fields);
  }

  /** Deletes what is to be deleted; now and then also what nothing knows of. */
  async clean(signal: AbortSignal): Promise<void> {
    const { engine, world, alone } = this.#parts;
    if (engine === undefined || !this.#hasFile) return;
    const isSweep = world.clock.monotonicMs() - this.#sweptMs >= remoteSweepEveryMs;
    const names = [...this.#list.garbage, ...this.#failed()];
    if (names.length === 0 && !isSweep) return;
    await alone(() => this.makeDurable());
    if (names.length > 0) {
      await engine.storage.delete(names, signal);
      for (const name of names) this.#inDoubt.delete(name);
      for (const name of names) engine.chunks.forget(name);
      const isLeft = (name: string) => !names.includes(name);
      if (this.#list.garbage.length > 0)
        await alone(() => this.#write({ ...this.#list, garbage: this.#list.garbage.filter(isLeft) }));
    }
    if (isSweep) await this.#sweep(engine, signal);
  }

  /** A blob is deleted, or alone has something, only by a list that no crash can change. To be called alone. */
  async makeDurable(): Promise<void> {
    if (!this.#isDurable) await this.#write(this.#list);
  }

  /** Names no more what lies below the start. To be called alone, once the start is durable. */
  async forgetGone(): Promise<void> {
    const { startOffset } = this.#parts.state;
    const isGone = ({ endOffset }: RemoteSegment) => endOffset <= startOffset;
    if (this.all.some(isGone)) await this.#forget(isGone);
  }

  /** Names none any more; those that are not here are below the start by now. To be called alone. */
  async forgetAll(): Promise<void> {
    if (this.all.length > 0) await this.#forget(() => true);
  }

  /** Whether a segment is read from there. */
  isRead(segment: number): boolean {
    return this.#parts.state.catalog.sourceOf(segment) instanceof RemoteSource;
  }

  async #copy(summary: SegmentSummary, signal: AbortSignal): Promise<void> {
    const { world, state, engine, alone } = this.#parts;
    assert(engine !== undefined, 'only what an engine takes waits');
    if (!this.#hasFile) await alone(() => this.#write(this.#list));
    const name = this.#newName(summary);
    this.#inDoubt.set(name, 'sending');
    try {
      const { pace } = engine;
      const source = state.catalog.sourceOf(summary.segment);
      const upload = new SegmentUpload({
        ...{ source, summary, id: world.random.bytes(16) },
        pace: (bytes) => pace.take(bytes, signal),
      });
      await engine.storage.put(name, upload.body(), signal).catch((error) => {
        throw upload.failure ?? error;
      });
      const remote = upload.describe(name);
      await this.#verify(remote, upload.checksum, signal);
      if (await alone(() => this.#name(remote, source))) this.#inDoubt.delete(name);
      engine.counts.copied(remote.sizeBytes);
    } finally {
      if (this.#inDoubt.has(name)) this.#inDoubt.set(name, 'failed');
    }
  }

  /** Reads it back: what the list names may be all that is left. */
  async #verify({ name, sizeBytes }: RemoteSegment, checksum: number, signal: AbortSignal): Promise<void> {
    const { storage } = this.#parts.engine!;
    const found = await storage.checksum(name, signal);
    if (found?.sizeBytes === sizeBytes && found.checksum === checksum) return;
    throw new RemoteError(`the blob ${name} is not what was sent`);
  }

  /** False when it is not wanted any more. */
  async #name(remote: RemoteSegment, source: SegmentSource): Promise<boolean> {
    const { state } = this.#parts;
    // Retention, DeleteRecords, a new configuration or the end of a compaction came first.
    const isHere = remote.endOffset > state.startOffset && state.catalog.isInForce(source);
    const isWanted = isHere && state.config.remote !== undefined;
    if (!isWanted) return false;
    const segments = [...this.all, remote].sort((a, b) => a.baseOffset - b.baseOffset);
    await this.#write({ ...this.#list, segments });
    return true;
  }

  async #forget(isGone: (remote: RemoteSegment) => boolean): Promise<void> {
    const { segments, garbage } = this.#list;
    await this.#write({
      segments: segments.filter((remote) => !isGone(remote)),
      garbage: [...garbage, ...segments.filter(isGone).map(({ name }) => name)],
    });
  }

  async #write(list: RemoteList): Promise<void> {
    const { world, directory } = this.#parts;
    this.#isDurable = false;
    await writeRemoteList(world.disk, directory, list);
    this.#list = list;
    this.#hasFile = true;
    this.#isDurable = true;
  }

  /** What a process that died was sending, and what an engine stored after it had said that it did not. */
  async #sweep({ storage }: RemoteEngine, signal: AbortSignal): Promise<void> {
    const { prefix, log, world, directory } = this.#parts;
    const startedMs = world.clock.monotonicMs();
    const isKept = (name: string) =>
      this.all.some((remote) => remote.name === name) || this.#inDoubt.get(name) === 'sending';
    const count = await storage.deleteUnder(prefix, { isKept, signal });
    if (count > 0) log.warn('blobs that nothing knew of were deleted', { directory, count });
    this.#sweptMs = startedMs;
  }

  #failed(): readonly string[] {
    return [...this.#inDoubt].filter(([, state]) => state === 'failed').map(([name]) => name);
  }

  #newName({ segment, baseOffset }: SegmentSummary): string {
    const { prefix, world } = this.#parts;
    const place = `${String(segment).padStart(12, '0')}-${String(baseOffset).padStart(20, '0')}`;
    return `${prefix}${place}-${Buffer.from(world.random.bytes(12)).toString('hex')}`;
  }
}

// A partition on two tiers: its disk, and the blobs engine. Which of its segments are where, and when they move.
//
//        only there        there and here           here
//   |-----------------|---------------------|-----------------------|
//   start        local start           remote end                 end
//
// What is damaged here is not copied, so a segment between may be here alone; then the local start lies behind the last one
// that is only there.

import type { Disk } from '@cairn/world';
import type { Offset } from '../partition/partition.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import { removeFile } from '../partition/small-files.ts';
import { RemoteError } from './remote-error.ts';
import { type RemoteSegment, summaryOf } from './remote-list.ts';
import type { RemoteSegments } from './remote-segments.ts';

export type PartitionTiersParts = {
  readonly state: PartitionState;
  readonly disk: Disk;
  readonly remote: RemoteSegments;
  /** Makes durable what is known, so that it needs no segment that is sealed. To be called alone. */
  readonly checkpoint: () => Promise<void>;
  /** Removes what lies below the start. To be called alone. */
  readonly removeGone: () => Promise<void>;
};

export class PartitionTiers {
  readonly #parts: PartitionTiersParts;
  readonly #closing = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PartitionTiersParts) {
    this.#parts = parts;
  }

  /** From it on everything is on the partition's disk. */
  get localStartOffset(): Offset {
    const { state, remote } = this.#parts;
    const lastThere = state.catalog.summaries().findLast(({ segment }) => remote.isRead(segment));
    return Math.max(state.startOffset, lastThere?.endOffset ?? 0);
  }

  /** Of the last record that is in the blobs engine; undefined when there is none. */
  get remoteEndOffset(): Offset | undefined {
    return this.#parts.remote.endOffset;
  }

  get isUsed(): boolean {
    return this.#parts.remote.isUsed;
  }

  /** Bytes that are in the blobs engine, and of those that are not on the disk any more as the partition counts them. */
  get bytes(): { readonly there: number; readonly onlyThere: number; readonly waiting: number } {
    const { remote } = this.#parts;
    const sum = (segments: readonly { coveredTo: number }[]) =>
      segments.reduce((bytes, { coveredTo }) => bytes + coveredTo, 0);
    const onlyThere = sum(remote.all.filter(({ segment }) => remote.isRead(segment)));
    return { there: remote.sizeBytes, onlyThere, waiting: sum(remote.waiting()) };
  }

  /** Copies a segment, and deletes what is not wanted there any more. False when no segment waits, or it was closed. */
  step(signal: AbortSignal): Promise<boolean> {
    const ending = AbortSignal.any([signal, this.#closing.signal]);
    // A segment is copied once, whoever asks.
    const step = this.#last.then(() => this.#step(ending));
    this.#last = step.catch(() => {});
    return step;
  }

  /** Resolves when nothing is under way: from then on nothing of it comes to the engine, or to its list. */
  async close(): Promise<void> {
    this.#closing.abort(new RemoteError('the partition is being closed'));
    await this.#last;
  }

  async #step(signal: AbortSignal): Promise<boolean> {
    const { remote } = this.#parts;
    if (signal.aborted) return false;
    try {
      return await remote.copyNext(signal);
    } finally {
      // Also while nothing can be copied: perhaps since there is no room.
      if (!signal.aborted) await remote.clean(signal);
    }
  }

  /** What local retention says, or, where the topic has no second tier any more, its end. To be called alone. */
  async upkeep(nowMs: number): Promise<void> {
    const { state, remote } = this.#parts;
    if (remote.all.length === 0) return;
    if (state.config.remote === undefined) await this.#leave();
    else await this.#removeLocal(this.#dueLocally(nowMs));
  }

  /** What is only there goes; of what is in both, the copy. */
  async #leave(): Promise<void> {
    const { state, remote, checkpoint, removeGone } = this.#parts;
    state.begin(this.localStartOffset);
    await checkpoint();
    await removeGone();
    await remote.forgetAll();
  }

  /** Copied segments whose files here are too old, or too much. */
  #dueLocally(nowMs: number): readonly RemoteSegment[] {
    const { state, remote } = this.#parts;
    const { isCopied, localRetentionMs, localRetentionBytes } = state.config.remote!;
    if (!isCopied) return [];
    const here = state.log.segments();
    let sizeBytes = here.reduce((sum, segment) => sum + segment.sizeBytes, 0);
    const copied = new Map(remote.all.map((segment) => [segment.segment, segment]));
    const due: RemoteSegment[] = [];
    let waiting: RemoteSegment[] = [];
    for (const { segment, sizeBytes: ownBytes } of here) {
      const copy = copied.get(segment);
      // One that was compacted once is not read from the log, and stays.
      if (copy === undefined || segment < state.list.content.logFrom) continue;
      const isOld = copy.maxTimestampMs >= 0 && nowMs - copy.maxTimestampMs > localRetentionMs;
      const isDue = sizeBytes - ownBytes >= localRetentionBytes || isOld;
      // One without timestamps goes with a later one.
      if (!isDue && copy.maxTimestampMs >= 0) break;
      sizeBytes -= ownBytes;
      waiting.push(copy);
      if (!isDue) continue;
      due.push(...waiting);
      waiting = [];
    }
    return due;
  }

  async #removeLocal(due: readonly RemoteSegment[]): Promise<void> {
    if (due.length === 0) return;
    const { state, disk, remote, checkpoint } = this.#parts;
    await checkpoint();
    await remote.makeDurable();
    for (const copy of due) {
      const { segment } = copy;
      // Readers of the file go on in the blob.
      if (!remote.isRead(segment))
        await removeFile(disk, state.catalog.move(remote.sourceOf(copy), summaryOf(copy)));
      await state.log.remove(segment);
    }
  }
}

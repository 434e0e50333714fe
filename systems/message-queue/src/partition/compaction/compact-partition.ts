// One pass over a partition: the keys of its dirty part are mapped to their last offsets, then its segments are rewritten from the
// oldest on, some small ones into one, each group put in force before the next is begun. A pass that ends early left what is
// right, and the next one does its part again.
//
// The crash cases are in DESIGN.md. The order that they force: what a marker ended is forgotten and checkpointed before a list
// names a file without that marker; the file is durable before the list names it; what it replaces goes after that.

import type { Telemetry } from '@cairn/telemetry';
import { DiskError, type World } from '@cairn/world';
import { compactionBytesPerSecond, compactionMapBytes } from '../../limits.ts';
import type { Offset } from '../partition.ts';
import type { PartitionState } from '../partition-state.ts';
import type { SegmentSummary } from '../segment-index.ts';
import { batchFileIdBytes } from '../segments/batch-file-format.ts';
import { batchFileEnding, batchFileName, sourceOfEntry } from '../segments/replaced-segments.ts';
import type { SegmentEntry } from '../segments/segment-list.ts';
import { removeFile } from '../small-files.ts';
import { BatchCleaner } from './clean-batch.ts';
import { type CleanedGroup, cleanGroup, type SegmentToClean, soundBatches } from './clean-group.ts';
import { isDueNow } from './due-now.ts';
import { mapKeys } from './map-keys.ts';
import { Pace } from './pace.ts';
import { type Compactable, compactable, grouped } from './plan-compaction.ts';
import { TransactionFates } from './transaction-fates.ts';

export type CompactionParts = {
  readonly world: World;
  readonly directory: string;
  readonly state: PartitionState;
  readonly log: Telemetry['log'];
  /** Ends the pass at its next step. */
  readonly signal: AbortSignal;
  /** Runs a step while nothing else changes the partition's segments. */
  readonly alone: <T>(step: () => Promise<T>) => Promise<T>;
  /** Writes down what is known, durably; to be called in such a step. */
  readonly checkpoint: () => Promise<void>;
  readonly limits?: CompactionLimits | undefined;
};

/** Retention was faster: there is nothing to do but to begin again. */
export class SegmentsChangedError extends Error {
  constructor() {
    super('segments were removed while they were compacted');
    this.name = 'SegmentsChangedError';
  }
}

/** Those of limits.ts where they are absent. */
export type CompactionLimits = { readonly mapBytes?: number; readonly bytesPerSecond?: number };
export type CompactionOptions = CompactionLimits & { readonly signal?: AbortSignal };

export type CompactionReport = {
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Up to where keys were looked at. */
  readonly cleanedTo: Offset;
};

/** Its dirty part as it is now. */
export function compactableOf({ state, world }: Pick<CompactionParts, 'state' | 'world'>): Compactable {
  const { catalog, log, list, startOffset, lastStableOffset, config } = state;
  return compactable({
    summaries: catalog.summaries(),
    current: log.end.segment,
    cleanedTo: list.content.cleanedTo,
    ...{ startOffset, lastStableOffset, config, nowMs: world.clock.nowMs() },
  });
}

/**
 * Undefined when nothing is due. Rejects with the signal's reason, PartitionError, DiskError, SegmentLogError, SegmentGoneError,
 * and DamagedSegmentError: then the partition stays as it is.
 */
export async function compactPartition(parts: CompactionParts): Promise<CompactionReport | undefined> {
  await parts.alone(() => removeDoubtful(parts));
  const plan = compactableOf(parts);
  if (plan.segments.length === 0 || !(await isDueNow(plan, parts))) return undefined;
  return new CompactionPass(parts, plan).run();
}

/** Files of passes that a failing disk ended while it named them: else a full disk would stay full by them. */
async function removeDoubtful({ state: { list }, world, directory }: CompactionParts): Promise<void> {
  if (list.doubtful.length === 0) return;
  await list.change({});
  for (const name of list.doubtful) await removeFile(world.disk, `${directory}/${name}${batchFileEnding}`);
  list.settleDoubts();
}

class CompactionPass {
  readonly #parts: CompactionParts;
  readonly #plan: Compactable;
  readonly #pace: Pace;
  /** In the form in which they are read: what changes meanwhile ends the pass. */
  readonly #segments: readonly SegmentToClean[];

  constructor(parts: CompactionParts, plan: Compactable) {
    const { world, signal, state, limits } = parts;
    this.#parts = parts;
    this.#plan = plan;
    const bytesPerSecond = limits?.bytesPerSecond ?? compactionBytesPerSecond;
    this.#pace = new Pace({ clock: world.clock, bytesPerSecond, signal });
    this.#segments = plan.segments.map((summary) => ({
      summary,
      source: state.catalog.sourceOf(summary.segment),
    }));
  }

  async run(): Promise<CompactionReport> {
    const { state, limits, world } = this.#parts;
    const { dirtyFrom: from, dirtyTo: to } = this.#plan;
    const fates = new TransactionFates(state.transactions.aborted());
    const bytesMax = limits?.mapBytes ?? compactionMapBytes;
    const mapped = await mapKeys(this.#dirtyBatches(), { from, to, fates, bytesMax, pace: this.#pace });
    const cleaner = new BatchCleaner({
      ...{ ...mapped, fates, producers: state.producers, pace: this.#pace },
      ...{ nowMs: world.clock.nowMs(), deleteRetentionMs: state.config.deleteRetentionMs },
    });
    const summaries = this.#segments.map(({ summary }) => summary);
    const isMapped = ({ baseOffset }: SegmentSummary) => baseOffset < mapped.mappedTo;
    const groups = grouped(summaries.filter(isMapped), state.config.segmentBytesMax);
    let readBytes = 0;
    let writtenBytes = 0;
    for (const [index, group] of groups.entries()) {
      const isLast = index === groups.length - 1;
      const cleaned = await this.#cleanAndReplace(group, {
        cleaner,
        isLast,
        cleanedTo: isLast ? mapped.mappedTo : undefined,
      });
      readBytes += cleaned.readBytes;
      writtenBytes += cleaned.sizeBytes;
    }
    return { readBytes, writtenBytes, cleanedTo: mapped.mappedTo };
  }

  async *#dirtyBatches() {
    for (const { summary, source } of this.#segments)
      if (summary.endOffset > this.#plan.dirtyFrom) yield* soundBatches(source);
  }

  async #cleanAndReplace(
    group: readonly SegmentSummary[],
    options: {
      readonly cleaner: BatchCleaner;
      readonly isLast: boolean;
      readonly cleanedTo: Offset | undefined;
    },
  ): Promise<CleanedGroup> {
    const { world, directory, state } = this.#parts;
    const { segment } = group.at(-1)!;
    const { baseOffset } = group[0]!;
    const name = batchFileName({ segment, number: state.list.nextFileNumber() });
    const segments = this.#segments.filter(({ summary }) => group.includes(summary));
    const id = world.random.bytes(batchFileIdBytes);
    const cleaned = await cleanGroup(segments, {
      ...{ disk: world.disk, pace: this.#pace, cleaner: options.cleaner, isLast: options.isLast },
      file: { directory, fileName: `${name}${batchFileEnding}`, segment, id, baseOffset },
    });
    const { endOffset, maxTimestampMs } = cleaned.index.summary();
    const { sizeBytes, horizonMs } = cleaned;
    const entry: SegmentEntry = {
      ...{ form: 'file', segment, name, baseOffset, endOffset, sizeBytes, maxTimestampMs },
      ...(horizonMs !== undefined && { horizonMs }),
    };
    await this.#parts.alone(() => this.#replace(segments, { entry, cleaned, cleanedTo: options.cleanedTo }));
    return cleaned;
  }

  /** The crash cases of DESIGN.md, in their order. */
  async #replace(
    segments: readonly SegmentToClean[],
    by: { entry: SegmentEntry; cleaned: CleanedGroup; cleanedTo: Offset | undefined },
  ): Promise<void> {
    const { catalog, list } = this.#parts.state;
    const { entry, cleaned } = by;
    await this.#prepare(segments, cleaned.ended).catch(async (error) => {
      await removeFile(this.#parts.world.disk, this.#pathOf(entry.name)).catch(() => {});
      throw error;
    });
    const replaced = new Set(segments.map(({ summary }) => summary.segment));
    const { entries, logFrom, cleanedTo } = list.content;
    const others = entries.filter(({ segment }) => !replaced.has(segment));
    await list.nameFile(entry.name, {
      entries: [...others, entry].sort((left, right) => left.baseOffset - right.baseOffset),
      logFrom: Math.max(logFrom, entry.segment + 1),
      cleanedTo: Math.max(cleanedTo, by.cleanedTo ?? 0),
    });
    const place = { disk: this.#parts.world.disk, directory: this.#parts.directory };
    const source = sourceOfEntry(entry, place);
    const indexPaths = catalog.replace([...replaced], { source, index: cleaned.index });
    await this.#removeReplaced(segments, indexPaths);
  }

  /** No checkpoint may need a segment of the log that goes, or hide records behind a marker that is not there any more. */
  async #prepare(segments: readonly SegmentToClean[], ended: ReadonlySet<Offset>): Promise<void> {
    const { state, signal, checkpoint } = this.#parts;
    signal.throwIfAborted();
    // Retention may have removed some of them.
    if (!segments.every(({ source }) => state.catalog.isInForce(source))) throw new SegmentsChangedError();
    state.transactions.forgetEnded(ended);
    await checkpoint();
  }

  /** What a failing disk leaves of them goes with the next upkeep, or at the next start. */
  async #removeReplaced(segments: readonly SegmentToClean[], indexPaths: readonly string[]): Promise<void> {
    const { world, directory, state, log } = this.#parts;
    for (const { source } of segments) source.retire();
    try {
      await state.removeReplaced();
      for (const path of indexPaths) await removeFile(world.disk, path);
      for (const { source } of segments) await removeFile(world.disk, this.#pathOf(source.name));
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      log.warn('files of compacted segments not removed', { directory, error });
    }
  }

  #pathOf(name: string): string {
    return `${this.#parts.directory}/${name}${batchFileEnding}`;
  }
}

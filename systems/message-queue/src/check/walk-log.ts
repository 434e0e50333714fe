// The batches of a partition's log as they lie in its files, read from outside, also while the log is in use (its newest
// records may then look torn). Check, inspection and repair go through here, so they cannot disagree on what is there.
//
//   segment    begins: a file of the log, or a batch file that replaced some of them
//   batch      a record or frame that is sound, with a batch in it that is
//   damage     places that are not, one behind the other, and the offsets that are not found because of them
//   gap        offsets that are not there, without damage: lost with a whole file
//   torn       the end of what was ever synced; opening the log cuts here
//   unread     a segment in the blobs engine that could not be looked at
//   copy       something is wrong in the blobs engine that its segment's batches can make up for
//
// What was compacted away is no gap: a batch file answers for offsets of which it holds nothing.

import { type InspectedItem, inspectSegmentLog } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import {
  type BatchHeader,
  batchMagic,
  decodeBatchHeader,
  isChecksumRight,
  magicOf,
} from '../batch/batch-header.ts';
import { batchHeaderBytes } from '../limits.ts';
import { PartitionError } from '../partition/partition.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import { logSegmentName } from '../partition/segments/log-source.ts';
import { readSegmentList } from '../partition/segments/read-segment-list.ts';
import { sourceOfEntry } from '../partition/segments/replaced-segments.ts';
import type { SegmentEntry, SegmentListContent } from '../partition/segments/segment-list.ts';
import type { OffsetBounds } from '../partition/segments/segment-source.ts';
import { readDerivedFile } from '../partition/small-files.ts';
import type { RemoteSegment } from '../remote/remote-list.ts';
import { type BlobReader, type BlobStep, listBlob, readMovedSegments } from './moved-segments.ts';

export type DamagedPlace = {
  /** In a batch file, here or in the blobs engine, which is never changed; or in a file of the log. */
  readonly isInBatchFile: boolean;
  readonly segment: number;
  readonly position: number;
  readonly endPosition: number;
  readonly detail: string;
};

export type LogStep =
  | {
      readonly kind: 'segment';
      readonly segment: number;
      /** Its name without the ending. */
      readonly file: string;
      readonly sizeBytes: number;
      readonly isSealed: boolean;
      /** The offsets that a batch file answers for. */
      readonly bounds?: OffsetBounds;
      /** Where it is only in the blobs engine: its name there. */
      readonly blob?: string;
    }
  | {
      readonly kind: 'batch';
      readonly segment: number;
      readonly position: number;
      readonly lengthBytes: number;
      readonly header: BatchHeader;
      /** To be looked at before the next step is asked for. */
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'damage';
      readonly places: readonly DamagedPlace[];
      /** Undefined where nothing in front says which one it is. */
      readonly firstOffset: number | undefined;
      /** Undefined at the end of the log. */
      readonly lastOffset: number | undefined;
    }
  | { readonly kind: 'gap'; readonly firstOffset: number; readonly lastOffset: number }
  | { readonly kind: 'torn'; readonly segment: number; readonly position: number; readonly detail: string }
  | {
      readonly kind: 'unread';
      readonly segment: number;
      readonly firstOffset: number;
      readonly lastOffset: number;
      readonly detail: string;
    }
  | { readonly kind: 'copy'; readonly segment: number; readonly detail: string };

export type WalkOptions = {
  readonly blobs?: BlobReader | undefined;
  /** In place of the one in the folder. */
  readonly segmentList?: SegmentListContent;
  /** In place of the list in the folder of what is in the blobs engine. */
  readonly remoteSegments?: readonly RemoteSegment[];
};

/**
 * Without `blobs` what is in the blobs engine is not looked at. Throws SegmentLogError `mixed-logs`, `newer-format`; PartitionError
 * for a list of segments, here or there, that is damaged; DiskError.
 */
export async function* walkLog(
  world: World,
  directory: string,
  { blobs, segmentList, remoteSegments }: WalkOptions = {},
): AsyncGenerator<LogStep, void, undefined> {
  const walk = new Walk();
  const { disk } = world;
  const inForce = segmentList ?? (await readSegmentList(disk, directory, await disk.list(directory))).content;
  const { entries, logFrom } = inForce;
  const { moved, copied } = await readMovedSegments(world, directory, { inForce, remoteSegments });
  // In the order of their numbers, which is that of offsets.
  const outside = [
    ...entries.map((entry) => ({
      ...{ segment: entry.segment, steps: () => walkBatchFile(walk, entry, { world, directory }) },
    })),
    ...moved.map((one) => ({ segment: one.segment, steps: () => walkMoved(walk, one, blobs) })),
  ].sort((a, b) => a.segment - b.segment);
  let isFirst = true;
  let isSkipped = false;
  for await (const item of inspectSegmentLog(world, directory)) {
    // What was replaced does not count, while it is still there.
    if (item.kind === 'header') isSkipped = item.segment < logFrom;
    if (isSkipped) continue;
    if (item.kind === 'header') {
      while (outside.length > 0 && outside[0]!.segment < item.segment) {
        yield* outside.shift()!.steps();
        isFirst = false;
      }
      if (isFirst) walk.begin(await firstOffsetOf(world, directory, item.segment));
      isFirst = false;
    }
    yield* walk.take(item);
  }
  for (const { steps } of outside) yield* steps();
  yield* walk.finish();
  for (const one of copied) yield* walkCopy(one, blobs);
}

const noEngine = 'none is configured (message-queue.engines.blobs)';

async function* walkMoved(
  walk: Walk,
  moved: RemoteSegment,
  blobs: BlobReader | undefined,
): AsyncGenerator<LogStep, void, undefined> {
  const { segment, name: blob, fileBytes: sizeBytes, baseOffset, endOffset } = moved;
  const file = `${logSegmentName(segment)}.remote`;
  const bounds = { baseOffset, endOffset };
  yield { kind: 'segment', segment, file, sizeBytes, isSealed: true, bounds, blob };
  yield* walk.enter(baseOffset);
  if (blobs === undefined) yield unread(moved, noEngine);
  else
    for await (const found of listBlob(moved, blobs)) {
      if (found.kind === 'batch') {
        const { position, lengthBytes, payload: bytes } = found;
        yield* walk.takeFrame({ segment, position, lengthBytes, bytes });
      } else if (found.kind === 'damage') {
        const { position, lengthBytes, detail } = found;
        walk.hurt({ segment, position, endPosition: position + lengthBytes, detail });
      } else yield besides(moved, found);
    }
  yield* walk.leave(endOffset);
}

/** Its batches were walked already, as they are here. */
async function* walkCopy(
  copied: RemoteSegment,
  blobs: BlobReader | undefined,
): AsyncGenerator<LogStep, void, undefined> {
  if (blobs === undefined) {
    yield unread(copied, noEngine);
    return;
  }
  for await (const found of listBlob(copied, blobs)) if (found.kind !== 'batch') yield besides(copied, found);
}

function besides(remote: RemoteSegment, found: Exclude<BlobStep, { kind: 'batch' }>): LogStep {
  if (found.kind === 'unread') return unread(remote, found.detail);
  return { kind: 'copy', segment: remote.segment, detail: found.detail };
}

function unread({ segment, baseOffset, endOffset }: RemoteSegment, detail: string): LogStep {
  return { kind: 'unread', segment, firstOffset: baseOffset, lastOffset: endOffset - 1, detail };
}

async function* walkBatchFile(
  walk: Walk,
  entry: SegmentEntry,
  { world, directory }: { world: World; directory: string },
): AsyncGenerator<LogStep, void, undefined> {
  const { segment, name: file, sizeBytes, baseOffset, endOffset } = entry;
  yield { kind: 'segment', segment, file, sizeBytes, isSealed: true, bounds: { baseOffset, endOffset } };
  yield* walk.enter(baseOffset);
  try {
    for await (const found of sourceOfEntry(entry, { disk: world.disk, directory }).list()) {
      const { position, lengthBytes } = found;
      if (found.kind === 'batch')
        yield* walk.takeFrame({ segment, position, lengthBytes, bytes: found.payload });
      else
        walk.hurt({ segment, position, endPosition: position + lengthBytes, detail: 'a checksum is wrong' });
    }
  } catch (error) {
    if (!(error instanceof PartitionError)) throw error;
    walk.hurt({ segment, position: 0, endPosition: sizeBytes, detail: error.message });
  }
  yield* walk.leave(endOffset);
}

/** As the index of the first segment has it, where that is sound: for when its first batch is not. */
async function firstOffsetOf(world: World, directory: string, segment: number): Promise<number | undefined> {
  const bytes = await readDerivedFile(world.disk, `${directory}/${logSegmentName(segment)}.index`);
  const summary = bytes === undefined ? undefined : SegmentIndex.decode(bytes)?.summary();
  // That of a segment without batches says where the log goes on.
  const hasBatches = summary !== undefined && summary.endOffset > summary.baseOffset;
  return hasBatches && summary.segment === segment ? summary.baseOffset : undefined;
}

class Walk {
  #expected: number | undefined;
  #first: number | undefined;
  #places: DamagedPlace[] = [];
  #isInBatchFile = false;

  begin(firstOffset: number | undefined): void {
    this.#first = firstOffset;
  }

  /** A batch file answers for the offsets from here on. */
  *enter(baseOffset: number): Generator<LogStep, void, undefined> {
    yield* this.#before(baseOffset);
    this.#expected = baseOffset;
    this.#isInBatchFile = true;
  }

  *leave(endOffset: number): Generator<LogStep, void, undefined> {
    this.#isInBatchFile = false;
    if (this.#places.length > 0) yield* this.#before(endOffset);
    this.#expected = endOffset;
  }

  *takeFrame(frame: {
    readonly segment: number;
    readonly position: number;
    readonly lengthBytes: number;
    readonly bytes: Uint8Array;
  }): Generator<LogStep, void, undefined> {
    const { bytes, lengthBytes, ...location } = frame;
    yield* this.#takeBatch(bytes, { location, lengthBytes });
  }

  hurt(place: Omit<DamagedPlace, 'isInBatchFile'>): void {
    this.#places.push({ ...place, isInBatchFile: this.#isInBatchFile });
  }

  *take(item: InspectedItem): Generator<LogStep, void, undefined> {
    switch (item.kind) {
      case 'header': {
        const { segment, sizeBytes, sealed: isSealed } = item;
        yield { kind: 'segment', segment, file: logSegmentName(segment), sizeBytes, isSealed };
        return;
      }
      case 'record':
        if (item.recordKind === 'data') yield* this.#takeBatch(item.payload, item);
        return;
      case 'damage':
        this.hurt(placeOf(item, item.detail));
        return;
      case 'torn':
        yield* this.finish();
        yield { kind: 'torn', ...item.location, detail: item.detail };
        return;
      case 'verdict':
        return;
      default:
        item satisfies never;
    }
  }

  *finish(): Generator<LogStep, void, undefined> {
    if (this.#places.length === 0) return;
    const firstOffset = this.#expected ?? this.#first;
    yield { kind: 'damage', places: this.#places, firstOffset, lastOffset: undefined };
    this.#places = [];
  }

  *#takeBatch(bytes: Uint8Array, place: Place): Generator<LogStep, void, undefined> {
    const fault = faultOfBatch(bytes) ?? this.#faultOfOffset(bytes);
    if (fault !== undefined) {
      this.hurt(placeOf(place, fault));
      return;
    }
    const header = decodeBatchHeader(bytes);
    const { baseOffset, lastOffsetDelta } = header;
    yield* this.#before(baseOffset);
    this.#expected = baseOffset + lastOffsetDelta + 1;
    yield { kind: 'batch', ...place.location, lengthBytes: place.lengthBytes, header, bytes };
  }

  /** What lies between the last batch and the next one. */
  *#before(baseOffset: number): Generator<LogStep, void, undefined> {
    const firstOffset = this.#expected;
    const lastOffset = baseOffset - 1;
    if (this.#places.length > 0) {
      const places = this.#places;
      yield { kind: 'damage', places, firstOffset: firstOffset ?? this.#first, lastOffset };
      this.#places = [];
    } else if (firstOffset !== undefined && firstOffset <= lastOffset && !this.#isInBatchFile) {
      yield { kind: 'gap', firstOffset, lastOffset };
    }
  }

  #faultOfOffset(bytes: Uint8Array): string | undefined {
    const { baseOffset } = decodeBatchHeader(bytes);
    if (baseOffset >= (this.#expected ?? 0)) return undefined;
    return `its batch begins at offset ${baseOffset}, behind ${this.#expected}`;
  }
}

type Place = {
  readonly location: { readonly segment: number; readonly position: number };
  readonly lengthBytes: number;
};

function placeOf({ location, lengthBytes }: Place, detail: string): Omit<DamagedPlace, 'isInBatchFile'> {
  return { ...location, endPosition: location.position + lengthBytes, detail };
}

/** What is wrong with what a sound record holds. */
function faultOfBatch(bytes: Uint8Array): string | undefined {
  if (bytes.length < batchHeaderBytes) return `it holds ${bytes.length} bytes, fewer than a batch has`;
  if (magicOf(bytes) !== batchMagic) return `it holds a batch of format ${magicOf(bytes)}`;
  const { lengthBytes, lastOffsetDelta } = decodeBatchHeader(bytes);
  if (lengthBytes !== bytes.length)
    return `its batch says that it has ${lengthBytes} bytes, not ${bytes.length}`;
  if (lastOffsetDelta < 0) return `its batch ends ${-lastOffsetDelta} offsets before it begins`;
  return isChecksumRight(bytes) ? undefined : 'the checksum of its batch is wrong';
}

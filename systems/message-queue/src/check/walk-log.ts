// The batches of a partition's log as they lie in its files, read from outside, also while the log is in use (its newest
// records may then look torn). Check, inspection and repair go through here, so they cannot disagree on what is there.
//
//   segment    begins
//   batch      a record that is sound, with a batch in it that is
//   damage     places that are not, one behind the other, and the offsets that are not found because of them
//   gap        offsets that are not there, without damage: compacted, or lost with a whole segment
//   torn       the end of what was ever synced; opening the log cuts here

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
import { indexName } from '../partition/segment-catalog.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import { readFile } from '../partition/small-files.ts';

export type DamagedPlace = {
  readonly segment: number;
  readonly position: number;
  readonly endPosition: number;
  readonly detail: string;
};

export type LogStep =
  | {
      readonly kind: 'segment';
      readonly segment: number;
      readonly sizeBytes: number;
      readonly isSealed: boolean;
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
  | { readonly kind: 'torn'; readonly segment: number; readonly position: number; readonly detail: string };

/** Throws SegmentLogError `mixed-logs`, `newer-format`; DiskError. */
export async function* walkLog(world: World, directory: string): AsyncGenerator<LogStep, void, undefined> {
  const walk = new Walk();
  let isFirst = true;
  for await (const item of inspectSegmentLog(world, directory)) {
    if (isFirst && item.kind === 'header') walk.begin(await firstOffsetOf(world, directory, item.segment));
    isFirst = false;
    yield* walk.take(item);
  }
  yield* walk.finish();
}

/** As the index of the first segment has it, where that is sound: for when its first batch is not. */
async function firstOffsetOf(world: World, directory: string, segment: number): Promise<number | undefined> {
  const bytes = await readFile(world.disk, `${directory}/${indexName(segment)}`);
  const summary = bytes === undefined ? undefined : SegmentIndex.decode(bytes)?.summary();
  // That of a segment without batches says where the log goes on.
  const hasBatches = summary !== undefined && summary.endOffset > summary.baseOffset;
  return hasBatches && summary.segment === segment ? summary.baseOffset : undefined;
}

class Walk {
  #expected: number | undefined;
  #first: number | undefined;
  #places: DamagedPlace[] = [];

  begin(firstOffset: number | undefined): void {
    this.#first = firstOffset;
  }

  *take(item: InspectedItem): Generator<LogStep, void, undefined> {
    switch (item.kind) {
      case 'header':
        yield { kind: 'segment', segment: item.segment, sizeBytes: item.sizeBytes, isSealed: item.sealed };
        return;
      case 'record':
        if (item.recordKind === 'data') yield* this.#takeRecord(item);
        return;
      case 'damage':
        this.#places.push(placeOf(item, item.detail));
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

  *#takeRecord(item: InspectedItem & { kind: 'record' }): Generator<LogStep, void, undefined> {
    const bytes = item.payload;
    const fault = faultOfBatch(bytes) ?? this.#faultOfOffset(bytes);
    if (fault !== undefined) {
      this.#places.push(placeOf(item, fault));
      return;
    }
    const header = decodeBatchHeader(bytes);
    const { baseOffset, lastOffsetDelta } = header;
    yield* this.#before(baseOffset);
    this.#expected = baseOffset + lastOffsetDelta + 1;
    yield { kind: 'batch', ...item.location, lengthBytes: item.lengthBytes, header, bytes };
  }

  /** What lies between the last batch and the next one. */
  *#before(baseOffset: number): Generator<LogStep, void, undefined> {
    const firstOffset = this.#expected;
    const lastOffset = baseOffset - 1;
    if (this.#places.length > 0) {
      const places = this.#places;
      yield { kind: 'damage', places, firstOffset: firstOffset ?? this.#first, lastOffset };
      this.#places = [];
    } else if (firstOffset !== undefined && firstOffset <= lastOffset) {
      yield { kind: 'gap', firstOffset, lastOffset };
    }
  }

  #faultOfOffset(bytes: Uint8Array): string | undefined {
    const { baseOffset } = decodeBatchHeader(bytes);
    if (baseOffset >= (this.#expected ?? 0)) return undefined;
    return `its batch begins at offset ${baseOffset}, behind ${this.#expected}`;
  }
}

function placeOf(
  { location, lengthBytes }: { location: { segment: number; position: number }; lengthBytes: number },
  detail: string,
): DamagedPlace {
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

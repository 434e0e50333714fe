// The batches of a log with their headers decoded, for people who look into it; of one offset also what is in its batch.

import type { World } from '@cairn/world';
import { unpackedRecords } from '../batch/compression.ts';
import { decodeMarker } from '../batch/control-records.ts';
import { type BatchRecord, decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';
import type { BlobReader } from './moved-segments.ts';
import { type LogStep, walkLog } from './walk-log.ts';

type BatchStep = LogStep & { readonly kind: 'batch' };

export type InspectOptions<Shown> = {
  readonly directory: string;
  /** Of the blobs engine; absent where none is configured. */
  readonly blobs?: BlobReader | undefined;
  /** Only what holds this offset, with its records. */
  readonly offset: number | undefined;
  readonly show: (record: BatchRecord) => Shown;
};

export async function* inspectLog<Shown>(
  world: World,
  { directory, blobs, offset, show }: InspectOptions<Shown>,
): AsyncGenerator<Inspected<Shown>, void, undefined> {
  for await (const step of walkLog(world, directory, { blobs })) {
    if (offset !== undefined && !isAt(step, offset)) continue;
    yield* inspected(step, offset === undefined ? undefined : show);
  }
}

export type Inspected<Shown> =
  | (LogStep & { readonly kind: 'segment' | 'gap' | 'torn' | 'unread' | 'copy' })
  | ReturnType<typeof damagedPlaces>[number]
  | (ReturnType<typeof headerOf> & { readonly contents?: readonly Shown[] });

function isAt(step: LogStep, offset: number): boolean {
  if (step.kind === 'batch') {
    const { baseOffset, lastOffsetDelta } = step.header;
    return baseOffset <= offset && offset <= baseOffset + lastOffsetDelta;
  }
  if (step.kind === 'segment' || step.kind === 'torn' || step.kind === 'copy') return false;
  const { firstOffset = 0, lastOffset = Number.POSITIVE_INFINITY } = step;
  return firstOffset <= offset && offset <= lastOffset;
}

async function* inspected<Shown>(
  step: LogStep,
  show: ((record: BatchRecord) => Shown) | undefined,
): AsyncGenerator<Inspected<Shown>, void, undefined> {
  if (step.kind === 'damage') yield* damagedPlaces(step);
  else if (step.kind !== 'batch') yield step;
  else if (show === undefined) yield headerOf(step);
  else {
    const records = decodeRecords(step.header, await unpackedRecords(step.header, step.bytes));
    yield { ...headerOf(step), contents: [...records].map(show) };
  }
}

function damagedPlaces({ places, firstOffset, lastOffset }: LogStep & { readonly kind: 'damage' }) {
  return places.map((place) => ({
    kind: 'damage' as const,
    ...place,
    ...(firstOffset !== undefined && { firstOffset }),
    ...(lastOffset !== undefined && { lastOffset }),
  }));
}

function headerOf({ segment, position, lengthBytes, header, bytes }: BatchStep) {
  const { baseOffset, lastOffsetDelta, recordCount, compression = 'unknown', isControl } = header;
  const { leaderEpoch, baseTimestampMs, maxTimestampMs, isTransactional } = header;
  const { producerId, producerEpoch, baseSequence } = header;
  return {
    kind: 'batch' as const,
    ...{ segment, position, lengthBytes, baseOffset, lastOffset: baseOffset + lastOffsetDelta },
    ...{ records: recordCount, compression, leaderEpoch, baseTimestampMs, maxTimestampMs },
    ...{ producerId, producerEpoch, baseSequence, isTransactional },
    ...(isControl && { control: controlOf(header, bytes) }),
  };
}

function controlOf(header: BatchStep['header'], bytes: Uint8Array): 'commit' | 'abort' | 'other' {
  const [record] = decodeRecords(header, bytes.subarray(batchHeaderBytes));
  const marker = record === undefined ? undefined : decodeMarker(record);
  if (marker === undefined) return 'other';
  return marker.commit ? 'commit' : 'abort';
}

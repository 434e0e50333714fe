// One log: a partition of a topic, or the messages of a queue. Every byte is read and held against its checksums, its records
// against each other, the files beside it against them.

import { SegmentLogError } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { unpackedRecords } from '../batch/compression.ts';
import { decodeRecords, InvalidRecordsError } from '../batch/records.ts';
import { DerivedFilesCheck } from './check-derived-files.ts';
import { damage, type Finding, notice } from './finding.ts';
import { leftoversOf } from './leftovers.ts';
import { type DamagedPlace, type LogStep, walkLog } from './walk-log.ts';

export type LogPlace = {
  /** For people: `topic events/0`. */
  readonly where: string;
  readonly directory: string;
  /** Offsets may be missing without damage. */
  readonly isCompacted: boolean;
  /** Somebody writes to it now: its end may look torn. */
  readonly isOpen: () => boolean;
};

export type LogFacts = {
  segments: number;
  batches: number;
  bytes: number;
  /** Behind the last batch, as far as it is known. */
  endOffset: number;
};

export type CheckLogOptions = {
  /** Also unpacks batches and looks at their records. */
  readonly deep: boolean;
};

export type LogCheckStep = Finding | { readonly readBytes: number };

export async function* checkLog(
  world: World,
  { where, directory, isCompacted, isOpen }: LogPlace,
  { deep }: CheckLogOptions,
): AsyncGenerator<LogCheckStep, LogFacts, undefined> {
  const facts: LogFacts = { segments: 0, batches: 0, bytes: 0, endOffset: 0 };
  const derived = new DerivedFilesCheck(world, directory);
  const checkpoint = await derived.begin();
  facts.endOffset = checkpoint?.endOffset ?? 0;
  try {
    for await (const step of walkLog(world, directory)) {
      await derived.take(step);
      count(step, facts);
      if (step.kind === 'batch') {
        if (deep) yield* checkRecords(where, step);
        yield { readBytes: step.lengthBytes };
      }
      const finding = findingOf(step, { where, isCompacted, isOpen, knownEnd: checkpoint?.endOffset });
      if (finding !== undefined) yield finding;
    }
  } catch (error) {
    if (!(error instanceof SegmentLogError)) throw error;
    yield damage(where, error.message);
    return facts;
  }
  derived.finish();
  for (const { file, detail } of derived.faults)
    yield damage(where, `${file}: ${detail}; a repair makes it again`);
  for (const file of await leftoversOf(world, directory))
    if (!isOpen()) yield notice(where, `${file} was left over by a crash`);
  return facts;
}

function count(step: LogStep, facts: LogFacts): void {
  if (step.kind === 'segment') facts.segments++;
  if (step.kind !== 'batch') return;
  facts.batches++;
  facts.bytes += step.lengthBytes;
  const { baseOffset, lastOffsetDelta } = step.header;
  facts.endOffset = Math.max(facts.endOffset, baseOffset + lastOffsetDelta + 1);
}

type Around = Pick<LogPlace, 'where' | 'isCompacted' | 'isOpen'> & { readonly knownEnd: number | undefined };

function findingOf(step: LogStep, { where, isCompacted, isOpen, knownEnd }: Around): Finding | undefined {
  switch (step.kind) {
    case 'damage':
      return damage(where, `${step.places.map(placeText).join('; ')}: ${offsetsText(step, knownEnd)}`);
    case 'gap':
      if (isCompacted) return undefined;
      return damage(where, `offsets ${step.firstOffset} to ${step.lastOffset} are not there`);
    case 'torn': {
      if (isOpen()) return undefined;
      const { segment, position, detail } = step;
      return notice(
        where,
        `it was not closed: opening it cuts segment ${segment} at ${position} (${detail})`,
      );
    }
    default:
      return undefined;
  }
}

function placeText({ segment, position, endPosition, detail }: DamagedPlace): string {
  const length = endPosition - position;
  return `segment ${segment} at ${position}${length > 0 ? `, ${length} bytes` : ''}: ${detail}`;
}

/** Which records cannot be read. */
export function offsetsText(
  { firstOffset, lastOffset }: { firstOffset: number | undefined; lastOffset: number | undefined },
  knownEnd: number | undefined,
): string {
  const last = lastOffset ?? (knownEnd === undefined ? undefined : knownEnd - 1);
  if (firstOffset === undefined)
    return last === undefined ? 'no offsets are known' : `offsets up to ${last} are lost`;
  if (last === undefined) return `offsets from ${firstOffset} on are lost`;
  if (last < firstOffset) return 'no records are lost';
  return last === firstOffset ? `offset ${last} is lost` : `offsets ${firstOffset} to ${last} are lost`;
}

async function* checkRecords(
  where: string,
  { header, bytes, segment, position }: LogStep & { readonly kind: 'batch' },
): AsyncGenerator<Finding, void, undefined> {
  try {
    for (const _ of decodeRecords(header, await unpackedRecords(header, bytes)));
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    // As its producer sent it: the checksum is right.
    yield notice(where, `segment ${segment} at ${position}, offset ${header.baseOffset}: ${error.message}`);
  }
}

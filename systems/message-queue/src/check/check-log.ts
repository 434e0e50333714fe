// One log: a partition of a topic, or the messages of a queue. Every byte is read and held against its checksums, its records
// against each other, the files beside it against them.

import type { World } from '@cairn/world';
import { unpackedRecords } from '../batch/compression.ts';
import { decodeRecords, InvalidRecordsError } from '../batch/records.ts';
import type { Checkpoint } from '../partition/checkpoint.ts';
import type { PartitionName } from '../transactions/machine/transaction-state.ts';
import { DerivedFilesCheck } from './check-derived-files.ts';
import { damage, type Finding, notice } from './finding.ts';
import { leftoversOf } from './leftovers.ts';
import { isLogFailure } from './log-failure.ts';
import type { BlobReader } from './moved-segments.ts';
import {
  hangingFinding,
  hangingOf,
  type OpenTransaction,
  OpenTransactions,
  type TransactionRows,
} from './open-transactions.ts';
import { type DamagedPlace, type LogStep, walkLog } from './walk-log.ts';

export type LogPlace = {
  /** For people: `topic events/0`. */
  readonly where: string;
  readonly directory: string;
  /** Somebody writes to it now: its end may look torn. */
  readonly isOpen: () => boolean;
  /** Of the blobs engine; absent where none is configured. */
  readonly blobs?: BlobReader | undefined;
  /** Of a topic, whose transactions have rows; they are asked for after the log was read. */
  readonly transactions?:
    | { readonly name: PartitionName; readonly rows: () => Promise<TransactionRows> }
    | undefined;
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

type Look = {
  readonly facts: LogFacts;
  readonly found: readonly Found[];
  /** Transactions without an end. */
  readonly open: readonly OpenTransaction[];
  /** In the blobs engine, and why not. */
  readonly unread: readonly (LogStep & { readonly kind: 'unread' })[];
};

/** What was found, and what tells it from others: the second look at a log finds it again, or it was no damage. */
type Found = { readonly key: string; readonly finding: Finding };

/**
 * A log that somebody writes to is read while its bytes change, and what comes from the blobs engine may have rotted on its way:
 * what looks wrong is looked at a second time, and told when it still is.
 */
export async function* checkLog(
  world: World,
  place: LogPlace,
  options: CheckLogOptions,
): AsyncGenerator<LogCheckStep, LogFacts, undefined> {
  const wasOpen = place.isOpen();
  let { facts, found, unread, open } = yield* look(world, place, options);
  found = [...found, ...(await hanging(place, open))];
  if (found.length > 0 && (wasOpen || place.isOpen() || place.blobs !== undefined)) {
    const keys = new Set(found.map(({ key }) => key));
    const again = yield* look(world, place, options);
    ({ facts, unread } = again);
    // One that the rows did not have open between two looks that both saw it was open all the time, and hangs.
    const stillOpen = new Set(again.open.map(keyOfOpen));
    const hangs = found.filter(({ key }) => stillOpen.has(key));
    found = [...again.found.filter(({ key }) => keys.has(key)), ...hangs];
  }
  for (const { finding } of found) yield finding;
  const [first] = unread;
  if (first !== undefined) {
    const count = unread.length === 1 ? 'a segment' : `${unread.length} segments`;
    const offsets = `offsets ${first.firstOffset} to ${unread.at(-1)!.lastOffset}`;
    const detail = `${count} in the blobs engine, ${offsets}, could not be looked at: ${first.detail}`;
    yield notice(place.where, detail);
  }
  return facts;
}

async function hanging(
  { where, transactions }: LogPlace,
  open: readonly OpenTransaction[],
): Promise<readonly Found[]> {
  if (transactions === undefined || open.length === 0) return [];
  const rows = await transactions.rows();
  return hangingOf(open, rows, transactions.name).map((one) => ({
    key: keyOfOpen(one),
    finding: hangingFinding(where, one, rows),
  }));
}

function keyOfOpen({ producerId, firstOffset }: OpenTransaction): string {
  return `transaction ${producerId} ${firstOffset}`;
}

async function* look(
  world: World,
  place: LogPlace,
  { deep }: CheckLogOptions,
): AsyncGenerator<LogCheckStep, Look, undefined> {
  const { where, directory, isOpen, blobs } = place;
  const facts: LogFacts = { segments: 0, batches: 0, bytes: 0, endOffset: 0 };
  const found: Found[] = [];
  const unread: Look['unread'][number][] = [];
  const open = new OpenTransactions();
  const derived = new DerivedFilesCheck(world, directory);
  const checkpoint = await derived.begin();
  facts.endOffset = checkpoint?.endOffset ?? 0;
  try {
    for await (const step of walkLog(world, directory, { blobs })) {
      await derived.take(step);
      count(step, facts);
      if (step.kind === 'batch') {
        open.take(step.header, step.bytes);
        if (deep) found.push(...(await faultsOfRecords(where, step)));
        yield { readBytes: step.lengthBytes };
      } else if (step.kind === 'unread') unread.push(step);
      found.push(...findingsOf(step, { ...place, knownEnd: checkpoint?.endOffset }));
    }
  } catch (error) {
    if (!isLogFailure(error)) throw error;
    found.push({ key: error.message, finding: damage(where, error.message) });
    return { facts, found, unread, open: [] };
  }
  derived.finish({ isOpen: isOpen() });
  for (const { file, detail } of derived.faults)
    found.push({ key: file, finding: damage(where, `${file}: ${detail}; a repair makes it again`) });
  for (const file of await leftoversOf(world, directory))
    if (!isOpen()) found.push({ key: file, finding: notice(where, `${file} was left over by a crash`) });
  return { facts, found, unread, open: open.all().filter((one) => !isEnded(one, checkpoint)) };
}

/** Where its marker rotted behind a checkpoint, that says that it ended. */
function isEnded({ producerId, firstOffset }: OpenTransaction, checkpoint: Checkpoint | undefined): boolean {
  if (checkpoint === undefined || firstOffset >= checkpoint.endOffset) return false;
  const known = checkpoint.producers.find((producer) => producer.producerId === producerId);
  return known?.transactionFirstOffset === undefined;
}

function count(step: LogStep, facts: LogFacts): void {
  if (step.kind === 'segment') facts.segments++;
  if (step.kind === 'unread') facts.endOffset = Math.max(facts.endOffset, step.lastOffset + 1);
  if (step.kind !== 'batch') return;
  facts.batches++;
  facts.bytes += step.lengthBytes;
  const { baseOffset, lastOffsetDelta } = step.header;
  facts.endOffset = Math.max(facts.endOffset, baseOffset + lastOffsetDelta + 1);
}

type Around = LogPlace & { readonly knownEnd: number | undefined };

function findingsOf(step: LogStep, { where, isOpen, knownEnd }: Around): readonly Found[] {
  switch (step.kind) {
    case 'damage': {
      const [{ segment, position }] = step.places as [DamagedPlace];
      const detail = `${step.places.map(placeText).join('; ')}: ${offsetsText(step, knownEnd)}`;
      return [{ key: `${segment} ${position}`, finding: damage(where, detail) }];
    }
    case 'gap': {
      const { firstOffset, lastOffset } = step;
      const finding = damage(where, `offsets ${firstOffset} to ${lastOffset} are not there`);
      return [{ key: `gap ${firstOffset}`, finding }];
    }
    case 'torn': {
      const { segment, position, detail } = step;
      if (isOpen()) return [];
      const told = `it was not closed: opening it cuts segment ${segment} at ${position} (${detail})`;
      return [{ key: 'torn', finding: notice(where, told) }];
    }
    case 'copy': {
      const { segment, detail } = step;
      return [{ key: `copy ${segment} ${detail}`, finding: damage(where, `segment ${segment}: ${detail}`) }];
    }
    default:
      return [];
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

async function faultsOfRecords(
  where: string,
  { header, bytes, segment, position }: LogStep & { readonly kind: 'batch' },
): Promise<readonly Found[]> {
  try {
    for (const _ of decodeRecords(header, await unpackedRecords(header, bytes)));
    return [];
  } catch (error) {
    if (!(error instanceof InvalidRecordsError)) throw error;
    // As its producer sent it: the checksum is right.
    const detail = `segment ${segment} at ${position}, offset ${header.baseOffset}: ${error.message}`;
    return [{ key: `records ${segment} ${position}`, finding: notice(where, detail) }];
  }
}

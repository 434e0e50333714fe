// What happens before a log is open: the folder is surveyed, the last segment's end settled, and the records from
// `recoverFrom` on are handed to the owner. Everything handed over is durable by then.
//
// DESIGN.md's table of cases is decided here (folder), in survey.ts (files), settle-tail.ts (the last segment) and
// read/verdict.ts (records).

import type { Disk } from '@cairn/world';
import { recordSeed } from '../format/record-header.ts';
import { logIdBytes } from '../format/segment-header.ts';
import { segmentHeaderBytes } from '../limits.ts';
import { sequenceAt, walkSegment } from '../read/walk-segment.ts';
import type { RecordLocation, SegmentDamage, SegmentLogOptions } from '../segment-log.ts';
import { SegmentLogError } from '../segment-log-error.ts';
import { createSegment } from '../write/create-segment.ts';
import type { OpenTail } from '../write/segment-writer.ts';
import { isBehind, settleTail } from './settle-tail.ts';
import { type Survey, type SurveyedSegment, surveyLog } from './survey.ts';

export type Recovered = {
  readonly logId: Buffer;
  /** Where each sealed segment ends. */
  readonly sealed: ReadonlyMap<number, number>;
  readonly tail: OpenTail;
  readonly damage: readonly SegmentDamage[];
};

/** Throws SegmentLogError `damaged` (no header is sound), `mixed-logs`, `newer-format`; DiskError; the callback's. */
export async function recover(options: SegmentLogOptions): Promise<Recovered> {
  const { directory, recoverFrom, world } = options;
  await world.disk.makeDirectory(directory);
  const survey = await surveyLog(world.disk, directory);
  for (const path of survey.unfinished) await world.disk.remove(path);
  const last = survey.segments.at(-1);
  if (last === undefined) return startLog(options);
  const logId = survey.logId ?? refuse(last);
  for (const segment of survey.segments) await cutLeftover(world.disk, segment);
  const sequenceMin = highestSequence(survey);
  const { tail, end } = await settleTail({
    disk: world.disk,
    directory,
    logId,
    last,
    recoverFrom,
    sequenceMin,
  });
  const found = survey.segments.map((segment) =>
    segment === last ? { ...segment, endPosition: end.position } : segment,
  );
  try {
    const damage = [...survey.damage, ...(await deliver(found, logId, options))];
    if (isBehind(end, recoverFrom)) damage.push(lostBehind(end, recoverFrom!));
    const sealed = found.filter(({ segment }) => segment !== tail.segment);
    return {
      logId,
      sealed: new Map(sealed.map(({ segment, endPosition }) => [segment, endPosition])),
      tail,
      damage: damage.sort((a, b) => a.segment - b.segment || a.position - b.position),
    };
  } catch (error) {
    await tail.file.close().catch(() => undefined);
    throw error;
  }
}

async function startLog({ directory, recoverFrom, world }: SegmentLogOptions): Promise<Recovered> {
  const header = {
    logId: world.random.bytes(logIdBytes),
    segment: (recoverFrom?.segment ?? 0) + 1,
    firstSequence: 0,
  };
  const file = await createSegment(world.disk, directory, header);
  const nothing = { segment: 1, position: 0 };
  return {
    logId: header.logId,
    sealed: new Map(),
    tail: { ...header, file, position: segmentHeaderBytes, marked: true },
    damage: recoverFrom === undefined ? [] : [lostBehind(nothing, recoverFrom)],
  };
}

function refuse(last: SurveyedSegment): never {
  const detail =
    'no segment of the log has a sound header, and without the log id in it no record can be verified';
  throw new SegmentLogError('damaged', { attempt: 'open', segment: last.segment, position: 0, detail });
}

/** Takes away what an earlier recovery sealed off but did not come to cut, and the mark of a segment sealed since. */
async function cutLeftover(disk: Disk, { path, sizeBytes, endPosition }: SurveyedSegment): Promise<void> {
  if (sizeBytes <= endPosition) return;
  const file = await disk.open(path, 'write');
  try {
    await file.truncate(endPosition);
    await file.sync();
  } finally {
    await file.close();
  }
}

function highestSequence(survey: Survey): number {
  const ends = survey.segments.map(({ header, endPosition }) =>
    header === undefined ? 0 : sequenceAt(header.firstSequence, Math.max(endPosition, segmentHeaderBytes)),
  );
  return Math.max(...ends);
}

function lostBehind(end: RecordLocation, recoverFrom: RecordLocation): SegmentDamage {
  const known = `segment ${recoverFrom.segment} at ${recoverFrom.position}`;
  const detail = `the owner knows records up to ${known}, but the log ends at segment ${end.segment} at ${end.position}`;
  return { ...end, detail };
}

/** Hands over what is to be recovered, and returns the damage found on the way. */
async function deliver(
  segments: readonly SurveyedSegment[],
  logId: Buffer,
  { world, onRecovered, onDamaged, ...options }: SegmentLogOptions,
): Promise<readonly SegmentDamage[]> {
  const recoverFrom = options.recoversAll ? undefined : options.recoverFrom;
  const damage: SegmentDamage[] = [];
  for (const { segment, path, header, endPosition } of segments) {
    if (recoverFrom !== undefined && segment < recoverFrom.segment) continue;
    const file = await world.disk.open(path, 'read');
    try {
      const steps = walkSegment({
        file,
        segment,
        seed: recordSeed(logId, segment),
        firstSequence: header?.firstSequence,
        from: segment === recoverFrom?.segment ? recoverFrom.position : segmentHeaderBytes,
        end: endPosition,
        syncedTo: Number.POSITIVE_INFINITY,
        skipsUnreadable: true,
      });
      for await (const step of steps) {
        if (step.kind !== 'record') damage.push({ segment, position: step.position, detail: step.detail });
        if (step.kind === 'damage') {
          const { position, endPosition: end, isOneRecord } = step;
          onDamaged?.({ segment, position, endPosition: end, isOneRecord });
        } else if (step.kind === 'record' && step.header.kind === 'data') {
          await onRecovered?.({ location: { segment, position: step.position }, payload: step.payload });
        }
      }
    } finally {
      await file.close();
    }
  }
  return damage;
}

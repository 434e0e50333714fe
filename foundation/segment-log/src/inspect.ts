// Looking at a log from outside, for commands and tests: reads only, also while the log is in use (then its newest
// records may look torn).
//
// There is no `repair`: the one thing that can be repaired is a torn tail, and opening the log does that. Damaged bytes
// are gone; what they held has to come from a copy that the log's owner knows of.

import { DiskError, type World } from '@cairn/world';
import { type RecordKind, recordBytes, recordSeed } from './format/record-header.ts';
import type { SegmentHeader } from './format/segment-header.ts';
import { segmentOfName } from './format/segment-name.ts';
import { segmentHeaderBytes } from './limits.ts';
import { type WalkStep, walkSegment } from './read/walk-segment.ts';
import { type Survey, type SurveyedSegment, surveyLog } from './recovery/survey.ts';
import type { RecordLocation, SegmentDamage } from './segment-log.ts';
import { SegmentLogError } from './segment-log-error.ts';

export type SegmentLogReport = {
  readonly segments: number;
  readonly records: number;
  readonly payloadBytes: number;
  readonly damage: readonly SegmentDamage[];
  /** Where opening the log would cut; undefined when it ends cleanly. */
  readonly tornTail: RecordLocation | undefined;
};

/** Verifies every byte of the log in `directory`. Throws SegmentLogError `mixed-logs`, `newer-format`; DiskError. */
export async function checkSegmentLog(world: World, directory: string): Promise<SegmentLogReport> {
  const survey = await surveyLog(world.disk, directory);
  const damage = [...survey.damage];
  let records = 0;
  let payloadBytes = 0;
  let tornTail: RecordLocation | undefined;
  for (const segment of survey.segments) {
    for await (const step of stepsOf(world, survey, segment)) {
      const location = { segment: segment.segment, position: step.position };
      if (step.kind === 'damage' || step.kind === 'doubt') damage.push({ ...location, detail: step.detail });
      else if (step.kind === 'torn') tornTail = location;
      else if (step.header.kind === 'data') {
        records += 1;
        payloadBytes += step.payload.length;
      }
    }
  }
  damage.sort((a, b) => a.segment - b.segment || a.position - b.position);
  return { segments: survey.segments.length, records, payloadBytes, damage, tornTail };
}

/** What one segment holds, in order: its header, what follows it, and at the end the verdict. */
export type InspectedItem =
  | {
      readonly kind: 'header';
      readonly segment: number;
      readonly sizeBytes: number;
      readonly sealed: boolean;
      /** Undefined when the header is damaged; the segment's records can be verified all the same. */
      readonly header: SegmentHeader | undefined;
    }
  | {
      readonly kind: 'record';
      readonly recordKind: RecordKind;
      readonly location: RecordLocation;
      /** With the header. */
      readonly lengthBytes: number;
      readonly sequence: number;
      readonly durable: number;
      /** Verified. To be looked at before the next item is asked for. */
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: 'damage';
      readonly location: RecordLocation;
      readonly lengthBytes: number;
      readonly detail: string;
    }
  | {
      readonly kind: 'torn';
      readonly location: RecordLocation;
      readonly lengthBytes: number;
      readonly detail: string;
    }
  | {
      readonly kind: 'verdict';
      readonly verdict: 'sound' | 'torn tail' | 'damaged';
      readonly records: number;
    };

/**
 * Walks the segment file at `path`, which has its usual name; its neighbours in the folder tell whether it is sealed.
 * Throws SegmentLogError `not-found`, `damaged` (no segment of the folder has a sound header), `newer-format`.
 *
 * @example for await (const item of inspectSegment(world, 'DATA/object-storage/000000000007.segment')) print(item);
 */
export async function* inspectSegment(
  world: World,
  path: string,
): AsyncGenerator<InspectedItem, void, undefined> {
  const slash = path.lastIndexOf('/');
  const segment = segmentOfName(path.slice(slash + 1));
  const survey = await surveyLog(world.disk, slash === -1 ? '.' : path.slice(0, slash));
  const surveyed = survey.segments.find((candidate) => candidate.segment === segment);
  if (surveyed === undefined) throw new SegmentLogError('not-found', { attempt: `inspect ${path}` });
  if (survey.logId === undefined) {
    throw new SegmentLogError('damaged', { attempt: 'inspect', segment: surveyed.segment, position: 0 });
  }
  yield* inspectSurveyed(world, survey, surveyed);
}

/**
 * The same of all segments in `directory`, in order. A segment that is removed meanwhile is left out. Of a log without a
 * sound segment header only the headers are given.
 */
export async function* inspectSegmentLog(
  world: World,
  directory: string,
): AsyncGenerator<InspectedItem, void, undefined> {
  const survey = await surveyLog(world.disk, directory);
  for (const surveyed of survey.segments) {
    try {
      yield* inspectSurveyed(world, survey, surveyed);
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'not-found')) throw error;
    }
  }
}

async function* inspectSurveyed(
  world: World,
  survey: Survey,
  surveyed: SurveyedSegment,
): AsyncGenerator<InspectedItem, void, undefined> {
  const { header, sizeBytes, segment } = surveyed;
  yield { kind: 'header', segment, sizeBytes, sealed: isSealed(survey, surveyed), header };
  const flaws = survey.damage.filter((entry) => entry.segment === segment);
  for (const { position, detail } of flaws)
    yield { kind: 'damage', location: { segment, position }, lengthBytes: 0, detail };
  let damaged = flaws.length > 0;
  let torn = false;
  let records = 0;
  for await (const step of stepsOf(world, survey, surveyed)) {
    damaged ||= step.kind === 'damage' || step.kind === 'doubt';
    torn ||= step.kind === 'torn';
    if (step.kind === 'record' && step.header.kind === 'data') records += 1;
    yield inspectedStep(step, surveyed);
  }
  const verdict = damaged ? 'damaged' : torn ? 'torn tail' : 'sound';
  yield { kind: 'verdict', verdict, records };
}

function inspectedStep(step: WalkStep, { segment, endPosition }: SurveyedSegment): InspectedItem {
  const location = { segment, position: step.position };
  if (step.kind === 'damage') {
    return { kind: 'damage', location, lengthBytes: step.endPosition - step.position, detail: step.detail };
  }
  if (step.kind === 'doubt') {
    return { kind: 'damage', location, lengthBytes: endPosition - step.position, detail: step.detail };
  }
  if (step.kind === 'torn') {
    return { kind: 'torn', location, lengthBytes: endPosition - step.position, detail: step.detail };
  }
  const { payload, header } = step;
  const { kind: recordKind, sequence, durable } = header;
  const lengthBytes = recordBytes(header);
  return { kind: 'record', recordKind, location, lengthBytes, sequence, durable, payload };
}

function isSealed(survey: Survey, segment: SurveyedSegment): boolean {
  return segment !== survey.segments.at(-1);
}

async function* stepsOf(world: World, survey: Survey, segment: SurveyedSegment): AsyncGenerator<WalkStep> {
  if (survey.logId === undefined) return;
  const file = await world.disk.open(segment.path, 'read');
  try {
    yield* walkSegment({
      file,
      segment: segment.segment,
      seed: recordSeed(survey.logId, segment.segment),
      firstSequence: segment.header?.firstSequence,
      from: segmentHeaderBytes,
      end: segment.endPosition,
      syncedTo: isSealed(survey, segment) ? Number.POSITIVE_INFINITY : segmentHeaderBytes,
      skipsUnreadable: true,
    });
  } finally {
    await file.close();
  }
}

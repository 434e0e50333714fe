// Repairs one log that nothing has open. In this order, each step of which may be cut short and done again:
//
//   leftovers of a crash are removed
//   the list of segments in force is made again where it is damaged, if what there is says it
//   the list of segments in the blobs engine is made again where it is damaged, if what there is says it
//   files beside the log that are wrong are removed: opening makes them again
//   with loss accepted, places that are damaged are covered by batches that hold nothing, one after the other
//   the log is opened, which cuts a torn end, and closed, which writes its indexes and its checkpoint

import { coverDamage, coveringPayloadBytes } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { fillerBatch } from '../batch/filler-batch.ts';
import { checkpointName, secondCheckpointName } from '../partition/checkpoint.ts';
import { logSegmentName } from '../partition/segments/log-source.ts';
import { segmentListName } from '../partition/segments/segment-list.ts';
import { removeFile } from '../partition/small-files.ts';
import { remoteListName } from '../remote/remote-list.ts';
import { DerivedFilesCheck } from './check-derived-files.ts';
import { offsetsText } from './check-log.ts';
import { leftoversOf } from './leftovers.ts';
import { isLogFailure } from './log-failure.ts';
import { OpenTransactions } from './open-transactions.ts';
import { type RemoteBlobs, remakeRemoteList } from './remake-remote-list.ts';
import { type RemadeList, remakeSegmentList } from './remake-segment-list.ts';
import type { Problem, RepairReport } from './repair-report.ts';
import { type LogStep, walkLog } from './walk-log.ts';

export type LogRepair = {
  readonly where: string;
  readonly directory: string;
  /** Offsets below it were given once, as something else than the log says. */
  readonly knownEnd: number;
  /** Where its oldest segments may be; absent where no engine is configured. */
  readonly blobs?: RemoteBlobs | undefined;
  /** Opens the log, and closes it. */
  readonly reopen: () => Promise<void>;
};

type Damage = LogStep & { readonly kind: 'damage' };
type DamageBehind = {
  readonly step: Damage;
  /** Of the batch before it. */
  readonly leaderEpoch: number;
  /** Producers with a transaction that is open there. */
  readonly open: readonly number[];
};
type Survey = {
  readonly derived: DerivedFilesCheck;
  readonly damage: readonly DamageBehind[];
  readonly knownEnd: number;
  readonly isEmpty: boolean;
  /** Some of it is only in the blobs engine. */
  readonly isMoved: boolean;
};

export async function repairLog(
  world: World,
  log: LogRepair,
  { report, acceptLoss }: { report: RepairReport; acceptLoss: boolean },
): Promise<void> {
  const { where, directory } = log;
  const { disk } = world;
  for (const name of await leftoversOf(world, directory)) {
    await disk.remove(`${directory}/${name}`);
    report.removedLeftovers.push(`${directory}/${name}`);
  }
  await remakeList(log, { report, file: segmentListName, remake: () => remakeSegmentList(world, directory) });
  await remakeList(log, { report, file: remoteListName, remake: () => remakeRemoteList(world, log) });
  const survey = await surveyLog(world, log, report);
  if (survey === undefined) return;
  // The last thing that says at which offset an empty log goes on is not thrown away.
  for (const { file, detail } of survey.isEmpty ? [] : survey.derived.faults) {
    if (isCheckpoint(file) && survey.isMoved && !survey.derived.hasSoundCheckpoint) {
      report.problems.push({ where, detail: `${file}: ${detail}; ${onlyCheckpoint}`, isResolved: false });
      continue;
    }
    await removeFile(disk, `${directory}/${file}`);
    const isLost = isCheckpoint(file) && !survey.derived.hasSoundCheckpoint;
    const lost = isLost ? '; records that were deleted from its first segment may be back' : '';
    report.remadeFiles.push({ where, file, detail: `${detail}${lost}` });
  }
  for (const behind of survey.damage) {
    const detail = await passOver(world, { directory, ...behind, knownEnd: survey.knownEnd, acceptLoss });
    report.problems.push({ where, ...detail });
  }
  await disk.syncDirectory(directory).catch(() => {});
  await reopen(log, report);
}

async function remakeList(
  { where }: LogRepair,
  { report, file, remake }: { report: RepairReport; file: string; remake: () => Promise<RemadeList> },
): Promise<void> {
  const { remadeFiles, problems } = report;
  try {
    const list = await remake();
    const detail = 'it was lost, or does not match its checksum';
    if (list.kind === 'remade') remadeFiles.push({ where, file, detail });
    if (list.kind !== 'unclear') return;
    const unclear = `it cannot be made again, as ${list.detail}`;
    problems.push({ where, detail: `${file}: ${detail}; ${unclear}`, isResolved: false });
  } catch (error) {
    // Whatever it is, the survey meets it too.
    if (!isLogFailure(error)) throw error;
  }
}

const onlyCheckpoint =
  'it stays, since no other is sound and the blobs engine has to be read to make it again: the broker does so';

function isCheckpoint(file: string): boolean {
  return file === checkpointName || file === secondCheckpointName;
}

async function surveyLog(
  world: World,
  { where, directory, knownEnd }: LogRepair,
  { problems, cutTails }: RepairReport,
): Promise<Survey | undefined> {
  const derived = new DerivedFilesCheck(world, directory);
  const damage: DamageBehind[] = [];
  const open = new OpenTransactions();
  let leaderEpoch = 0;
  let isEmpty = true;
  let isMoved = false;
  try {
    const checkpoint = await derived.begin();
    for await (const step of walkLog(world, directory)) {
      await derived.take(step);
      if (step.kind === 'segment') isMoved ||= step.blob !== undefined;
      else if (step.kind === 'batch') {
        leaderEpoch = step.header.leaderEpoch;
        isEmpty = false;
        open.take(step.header, step.bytes);
      } else if (step.kind === 'damage')
        damage.push({ step, leaderEpoch, open: open.all().map(({ producerId }) => producerId) });
      else if (step.kind === 'torn')
        cutTails.push({ where, detail: `segment ${step.segment} at ${step.position}: ${step.detail}` });
      else if (step.kind === 'gap')
        problems.push({
          where,
          detail: `offsets ${step.firstOffset} to ${step.lastOffset} are not there`,
          isResolved: false,
        });
    }
    derived.finish({ isOpen: false });
    return { derived, damage, isEmpty, isMoved, knownEnd: Math.max(knownEnd, checkpoint?.endOffset ?? 0) };
  } catch (error) {
    if (!isLogFailure(error)) throw error;
    problems.push({ where, detail: error.message, isResolved: false });
    return undefined;
  }
}

type PassOver = DamageBehind & {
  readonly directory: string;
  readonly knownEnd: number;
  readonly acceptLoss: boolean;
};

async function passOver(
  world: World,
  { directory, step, leaderEpoch, open, knownEnd, acceptLoss }: PassOver,
): Promise<Omit<Problem, 'where'>> {
  const places = step.places.map(
    ({ segment, position, detail }) => `segment ${segment} at ${position}: ${detail}`,
  );
  const detail = `${places.join('; ')}: ${offsetsText(step, knownEnd > 0 ? knownEnd : undefined)}`;
  if (!acceptLoss)
    return { detail: `${detail}; --accept-loss lets consumers pass over it`, isResolved: false };
  const fillers = fillersOf(step, { leaderEpoch, knownEnd });
  if (fillers === undefined)
    return { detail: `${detail}; nothing can be put in its place`, isResolved: false };
  try {
    for (const { place, payload } of fillers) {
      const { segment, position, endPosition } = place;
      await coverDamage(world, directory, { segment, position, endPosition, payload });
      await removeFile(world.disk, `${directory}/${logSegmentName(segment)}.index`);
    }
    return { detail: `${detail}${endText(open)}`, isResolved: true };
  } catch (error) {
    if (!isLogFailure(error)) throw error;
    return { detail: `${detail}; ${error.message}`, isResolved: false };
  }
}

/** What becomes of transactions whose markers may have been there. */
function endText(open: readonly number[]): string {
  if (open.length === 0) return '';
  return `; transactions of the producers ${open.join(', ')}, open there, count as ended by the next marker of each`;
}

/** One batch for each place: an offset each, and the last one the rest. Undefined where there are too few, or no room. */
function fillersOf(
  { places, ...lost }: Damage,
  { leaderEpoch, knownEnd }: { leaderEpoch: number; knownEnd: number },
) {
  const { firstOffset, lastOffset } = rangeOf(lost, { places: places.length, knownEnd });
  // A batch file is never changed.
  if (places.some(({ isInBatchFile }) => isInBatchFile)) return undefined;
  if (firstOffset < 0 || lastOffset - firstOffset + 1 < places.length) return undefined;
  const fillers = places.flatMap((place, index) => {
    const first = firstOffset + index;
    const last = index === places.length - 1 ? lastOffset : first;
    const length = coveringPayloadBytes(place);
    const payload = length && fillerBatch(length, { firstOffset: first, lastOffset: last, leaderEpoch });
    return payload ? [{ place, payload }] : [];
  });
  return fillers.length === places.length ? fillers : undefined;
}

/** At an end of the log nothing says how many there were: as many as are known, and as many as there are places. */
function rangeOf(
  { firstOffset, lastOffset }: Pick<Damage, 'firstOffset' | 'lastOffset'>,
  { places, knownEnd }: { places: number; knownEnd: number },
): { firstOffset: number; lastOffset: number } {
  if (firstOffset !== undefined)
    return { firstOffset, lastOffset: lastOffset ?? Math.max(firstOffset + places - 1, knownEnd - 1) };
  const last = lastOffset ?? Math.max(places - 1, knownEnd - 1);
  return { firstOffset: last - places + 1, lastOffset: last };
}

async function reopen({ where, reopen: open }: LogRepair, { problems }: RepairReport): Promise<void> {
  try {
    await open();
  } catch (error) {
    if (!isLogFailure(error)) throw error;
    problems.push({ where, detail: `it cannot be opened: ${error.message}`, isResolved: false });
  }
}

// `cairn object-storage stats`: how much there is, how much of it is dead or damaged, how far the scrubber and the
// lifecycle rules of each bucket have come.

import type {
  DrivesStats,
  LifecycleProgress,
  ObjectStorageStats,
  StorageClassStats,
} from '@cairn/object-storage';
import type { Command } from 'commander';
import { runCall } from '../../client/run-call.ts';
import type { CommandContext } from '../../command-context.ts';
import { addClientOptions, type ClientOptions } from '../../output/command-options.ts';
import { table } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

export function addStatsCommand(noun: Command, context: CommandContext): void {
  addClientOptions(
    noun.command('stats').description('Counts what is stored, live and dead, and what was found damaged.'),
  ).action((options: ClientOptions) =>
    runCall<ObjectStorageStats>(context, options, {
      system: 'object-storage',
      method: 'GET',
      path: ['stats'],
      text: statsText,
    }),
  );
}

type Row = readonly [name: string, value: string | number | undefined];

function statsText(stats: ObjectStorageStats): string {
  const { repairs, scrub, encryption, lifecycle, storageClasses, events, replication, drives, ...counts } =
    stats;
  const rows: readonly Row[] = [
    ...Object.entries(counts),
    ...Object.entries({ ...encryption, rewrapping: encryption.rewrapping ? 'yes' : 'no' }),
    ...repairRows(repairs),
    ...events.map((queue) => queueRow(`events for ${queue.target}`, queue)),
    ...replication.flatMap(replicationRows),
    ['scrubStarted', scrub.startedMs === 0 ? 'never' : timeText(scrub.startedMs)],
    ['scrubReadBlobs', scrub.readBlobs],
    ['scrubReadBytes', scrub.readBytes],
    ['scrubFinished', scrub.finishedMs === 0 ? 'never' : timeText(scrub.finishedMs)],
    ...lifecycle.flatMap(lifecycleRows),
    ...storageClasses.flatMap(storageClassRows),
    ...(drives === undefined ? [] : driveRows(drives)),
  ];
  return table(rows, [
    { title: 'WHAT', value: ([name]) => name },
    { title: 'COUNT', value: ([, count]) => count },
  ]);
}

/** `drives list` has more. */
function driveRows({ redundancy, drives, healing }: DrivesStats): Row[] {
  const missing = drives.filter(({ state }) => state === 'missing').length;
  const { running, finishedMs, queuedBlobs: _, startedMs: __, after: ___, ...counts } = healing;
  return [
    ['redundancy', redundancy],
    ['drives', drives.length],
    ['missingDrives', missing],
    ['healing', running ? 'running' : finishedMs === 0 ? 'never' : timeText(finishedMs)],
    ...Object.entries(counts).map(([what, count]): Row => [`healing ${what}`, count]),
  ];
}

function repairRows({ unrepaired, ...counts }: ObjectStorageStats['repairs']): Row[] {
  const blobs = unrepaired.map(
    ({ blob, objects, reason }): Row => [`unrepaired ${blob}`, `${objects.join(', ')}: ${reason}`],
  );
  return [...Object.entries(counts), ...blobs];
}

function lifecycleRows({ bucket, startedMs, finishedMs, at, ...counts }: LifecycleProgress): Row[] {
  const name = (what: string) => `lifecycle ${bucket} ${what}`;
  return [
    [name('started'), startedMs === 0 ? 'never' : timeText(startedMs)],
    ...(at === undefined ? [] : [[name('at'), `${at.stage} ${JSON.stringify(at.key)}`] as const]),
    [name('finished'), finishedMs === 0 ? 'never' : timeText(finishedMs)],
    ...Object.entries(counts).map(([what, count]): Row => [name(what), count]),
  ];
}

function storageClassRows(stats: StorageClassStats): Row[] {
  const { storageClass, failures, failure, ...shown } = stats;
  const away: Row[] = failure === undefined ? [] : [['away', `${failures} times: ${failure}`]];
  return [...Object.entries(shown), ...away].map(([what, value]) => [`${storageClass} ${what}`, value]);
}

function replicationRows(queue: ObjectStorageStats['replication'][number]): Row[] {
  const { target, passes, waiting } = queue;
  return [
    ...(waiting === 0 ? [] : [queueRow(`replication to ${target}`, queue)]),
    ...(passes === 0 ? [] : [[`buckets still to be looked at for ${target}`, passes] as const]),
  ];
}

/** `12 since 2026-11-28 ..., 3 deliveries failed: ...`: how many wait for a target, and why. */
function queueRow(
  name: string,
  { known, waiting, oldestMs, failures, failure }: ObjectStorageStats['events'][number],
): readonly [string, string] {
  const problem = known ? '' : ', no such target';
  const failed = failure === undefined ? '' : `, ${failures} deliveries failed: ${failure}`;
  return [name, `${waiting} since ${timeText(oldestMs)}${problem}${failed}`];
}

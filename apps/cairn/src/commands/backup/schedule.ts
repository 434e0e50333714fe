// `cairn backup schedule`: the agent. Stays, backs up whenever the cron expression says so, forgets and collects after it when
// asked to, and reports each run as a line.

import { resolve } from 'node:path';
import {
  BackupError,
  type CollectReport,
  type CreateResult,
  collectGarbage,
  forgetSnapshots,
  matchesFilter,
  parseSchedule,
  pathBytes,
  pathText,
  type Repository,
  type RunReport,
  runSchedule,
  type ScheduledRun,
} from '@cairn/backup';
import { realWorld } from '@cairn/world';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { addExamples } from '../../output/examples.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printable } from '../../output/printable.ts';
import { addCreateOptions, type CreateCommandOptions, expectPaths, runCreate } from './create.ts';
import { addPolicyOptions, byPolicy, expectPolicy, hasPolicy, type PolicyOptions } from './forget.ts';
import { interruptibly } from './interruption.ts';
import { RunReporter } from './report-run.ts';
import { addRepositoryOptions } from './repository-options.ts';
import { whoami, withRepository } from './with-repository.ts';

type ScheduleCommandOptions = CreateCommandOptions &
  PolicyOptions & {
    readonly cron: string;
    readonly agent?: string;
    readonly attempts: number;
    readonly retrySeconds: number;
    readonly catchUp: boolean;
    readonly gc?: boolean;
    readonly runs?: number;
  };

type Work = {
  readonly created: CreateResult;
  readonly forgotten: number;
  readonly collected?: CollectReport;
};
type Run = ScheduledRun<Work>;

const secondMs = 1000;

export function addScheduleCommand(noun: Command, context: CommandContext): void {
  const command = addPolicyOptions(
    addCreateOptions(
      addRepositoryOptions(
        noun
          .command('schedule')
          .description(
            'An agent that stays and backs up whenever a cron expression says so. Tries again when a backup fails; makes up for a time that was missed while the machine was off; prints a line for each run, and reports it to a repository at the service (see agents). The password is asked for at each run: name a file or a command.',
          )
          .argument('<path...>', 'what to back up'),
      ),
    ),
  )
    .requiredOption(
      '--cron <expression>',
      'when: five fields (0 3 * * *), six with seconds, or @daily and the like',
    )
    .option('--attempts <n>', 'tries of a backup that fails (default: 5)', wholeNumber('--attempts'), 5)
    .option(
      '--retry-seconds <n>',
      'before the second try; doubles (default: 60)',
      wholeNumber('--retry-seconds'),
      60,
    )
    .option('--agent <name>', 'the name in its reports (default: the host): one for each agent of a host')
    .option('--no-catch-up', 'do not make up for a missed time')
    .option('--gc', 'after each backup remove what nothing needs any more')
    .option('--runs <n>', 'end after so many runs, with the exit code of the last', wholeNumber('--runs'));
  addExamples(command, [
    "cairn backup schedule --cron '0 3 * * *' --keep-daily 7 --keep-weekly 8 --gc --password-file /etc/backup-password /home /etc",
  ]);
  command.action((paths: readonly string[], options: ScheduleCommandOptions) =>
    schedule(context, paths, options),
  );
}

async function schedule(
  context: CommandContext,
  paths: readonly string[],
  options: ScheduleCommandOptions,
): Promise<void> {
  expectPaths(context, paths);
  const world = realWorld();
  const { cron, timeZone, attempts, retrySeconds } = options;
  const when = { cron, ...(timeZone !== undefined && { timeZone }) };
  await refused(async () => {
    await parseSchedule(when);
    if (hasPolicy(options)) expectPolicy(options);
  });
  const catchUpSinceMs = options.catchUp ? await lastBackupOrNever(context, paths, options) : undefined;
  const reporter = new RunReporter(context, options.repo);
  await interruptibly(async (signal) => {
    // Timers of the world let a process end: an agent that waits for tomorrow must not.
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      let runs = 0;
      let made: { created?: CreateResult } = {};
      for await (const run of await runSchedule(
        (stopped) => work(context, paths, { options, made, stopped }),
        {
          ...{ world, attempts, signal, isRetryable, ...when },
          pauseMs: retrySeconds * secondMs,
          ...(catchUpSinceMs !== undefined && { catchUpSinceMs }),
        },
      )) {
        made = {};
        context.print(options.json ? `${JSON.stringify(runJson(run))}\n` : printable(runText(run)));
        await reporter.report(reportOf(run, paths, options));
        if (++runs === options.runs) return endAs(run);
      }
    } finally {
      clearInterval(alive);
    }
  });
}

/** Its line has said what happened. */
function endAs(run: Run): void {
  if (run.outcome === 'failed') throw new CommandFailed('no', '');
  if (run.result.created.problems.length > 0) throw new CommandFailed('partial', '');
}

const pathsReported = 20;
const charactersReported = 500;

/** Paths of a listing (`--files-from`) are not among them. */
function reportOf(run: Run, paths: readonly string[], options: ScheduleCommandOptions): RunReport {
  const { host } = whoami(options.host);
  const { dueMs, beganMs, endedMs, nextMs = null, attempts } = run;
  const shown = paths.slice(0, pathsReported).map((path) => path.slice(0, charactersReported));
  const about = { agent: options.agent ?? host, host, paths: shown };
  const times = { dueMs, beganMs, endedMs, nextMs, attempts };
  if (run.outcome === 'failed') {
    const error = messageOf(run.error).slice(0, charactersReported);
    return { ...about, ...times, outcome: 'failed', error };
  }
  const { snapshot, summary, problems } = run.result.created;
  const { files, bytes, bytesAdded } = summary;
  return {
    ...{ ...about, ...times, files, bytes, bytesAdded },
    outcome: problems.length > 0 ? 'partial' : 'done',
    problems: problems.length,
    ...(snapshot !== undefined && { snapshot: snapshot.id }),
  };
}

/**
 * The repository is opened for each run: an agent that stays for months holds nothing between. `made` is what an earlier attempt of the run has
 * made: where forgetting or collecting fails it is not made again, or `--keep-last` would soon keep nothing but a day's attempts.
 */
function work(
  context: CommandContext,
  paths: readonly string[],
  {
    options,
    made,
    stopped: signal,
  }: {
    readonly options: ScheduleCommandOptions;
    readonly made: { created?: CreateResult };
    readonly stopped: AbortSignal;
  },
): Promise<Work> {
  return withRepository(context, options, async (repository) => {
    made.created ??= await runCreate(context, repository, { paths, options: { ...options, json: true } });
    const { created } = made;
    const forgotten = hasPolicy(options) ? await forget(repository, created, options) : 0;
    const { gc, dryRun = false, host } = options;
    const collected = gc && (await collectGarbage(repository, { ...whoami(host), dryRun, signal }));
    return { created, forgotten, ...(collected && { collected }) };
  });
}

/** In the group of the snapshot that was made: what other hosts, and other agents of this one, keep is theirs to say. */
async function forget(
  repository: Repository,
  { snapshot: made }: CreateResult,
  options: ScheduleCommandOptions,
): Promise<number> {
  if (made === undefined) return 0;
  const { tag: _, ...policy } = options;
  const groups = await byPolicy(repository, { ...policy, host: [made.host] });
  const own = groups.find(({ decision: { keep, forget: gone } }) =>
    [...keep.map(({ snapshot }) => snapshot), ...gone].some(({ id }) => id === made.id),
  );
  const ids = own?.decision.forget.map(({ id }) => id) ?? [];
  if (ids.length > 0) await forgetSnapshots(repository, ids);
  return ids.length;
}

/** A machine that starts may have no network yet: then the first run is at once, and has its attempts. */
async function lastBackupOrNever(
  context: CommandContext,
  paths: readonly string[],
  options: ScheduleCommandOptions,
): Promise<number | undefined> {
  try {
    return await lastBackupMs(context, paths, options);
  } catch (error) {
    if (!(error instanceof CommandFailed && error.exit === 'unreachable')) throw error;
    context.printError(printable(`${error.message}\n`));
    return 0;
  }
}

/** The newest snapshot of this host and these paths; the agent's own clock says whether a time has passed since. */
function lastBackupMs(
  context: CommandContext,
  paths: readonly string[],
  options: ScheduleCommandOptions,
): Promise<number | undefined> {
  return withRepository(context, options, async (repository) => {
    const hosts = [whoami(options.host).host];
    const absolute = paths.map((path) => pathText(pathBytes(absolutePath(context, path))));
    const { snapshots } = await repository.snapshots();
    const last = snapshots.findLast((snapshot) => matchesFilter(snapshot, { hosts, paths: absolute }));
    return last === undefined ? undefined : Date.parse(last.time);
  });
}

/** One that is written as bytes is absolute. */
function absolutePath({ directory }: CommandContext, path: string): string {
  return path.startsWith('raw:') ? path : resolve(directory, path);
}

/** A wrong password or a missing repository stays wrong; a network does not. */
function isRetryable(error: unknown): boolean {
  if (error instanceof CommandFailed) return error.exit !== 'usage' && error.exit !== 'unauthenticated';
  return !(error instanceof BackupError) || error.retryable;
}

async function refused(check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    throw new CommandFailed('usage', error.message, { cause: error });
  }
}

function runJson(run: Run): object {
  const times = {
    due: timeOf(run.dueMs),
    began: timeOf(run.beganMs),
    ended: timeOf(run.endedMs),
    next: run.nextMs === undefined ? null : timeOf(run.nextMs),
    attempts: run.attempts,
  };
  if (run.outcome === 'failed') return { ...times, outcome: 'failed', error: messageOf(run.error) };
  const { created, forgotten, collected } = run.result;
  const { snapshot, summary, problems, warnings } = created;
  return {
    ...times,
    outcome: problems.length > 0 ? 'partial' : 'done',
    snapshot: snapshot?.id,
    ...{ summary, warnings, forgotten, collected },
    problems: problems.map(({ path, problem }) => ({ path: pathText(path), problem })),
  };
}

function runText(run: Run): string {
  const next = run.nextMs === undefined ? 'no next time' : `next ${timeOf(run.nextMs)}`;
  const tries = run.attempts > 1 ? `, ${run.attempts} attempts` : '';
  if (run.outcome === 'failed')
    return `${timeOf(run.endedMs)} failed${tries}: ${messageOf(run.error)}; ${next}\n`;
  const { created, forgotten, collected } = run.result;
  const { snapshot, summary, problems } = created;
  const done = problems.length > 0 ? `partial, ${problems.length} problems` : 'done';
  const parts = [
    `${timeOf(run.endedMs)} ${done}: snapshot ${snapshot?.id.slice(0, 8) ?? '-'}, ${summary.files} files, added ${bytesText(summary.bytesAdded)}${tries}`,
    ...(forgotten > 0 ? [`forgot ${forgotten}`] : []),
    ...(collected !== undefined
      ? [`freed ${bytesText(Math.max(0, collected.bytesFreed - collected.bytesRewritten))}`]
      : []),
    next,
  ];
  return `${parts.join('; ')}\n`;
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// `cairn backup forget`: removes snapshots by a policy or by name. `gc` gives their space back.

import {
  applyForgetPolicy,
  BackupError,
  type ForgetDecision,
  type ForgetPolicy,
  forgetSnapshots,
  type GroupMember,
  groupSnapshots,
  type KeepPeriod,
  keepPeriods,
  matchesFilter,
  parseKeepDuration,
  policyNowMs,
  type Repository,
  resolveSnapshot,
  resolveSnapshotId,
  type Snapshot,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { collected } from '../../output/command-options.ts';
import { countText } from '../../output/count.ts';
import { printResult } from '../../output/print-result.ts';
import { instantText } from '../../output/time.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type KeepOption =
  | `keep${Capitalize<KeepPeriod>}`
  | `keepWithin${Capitalize<Exclude<KeepPeriod, 'last'>>}`
  | 'keepWithin';

export type PolicyOptions = Partial<Record<KeepOption, string>> & {
  readonly keepTag?: readonly string[];
  readonly groupBy?: string;
  readonly timeZone?: string;
};

type ForgetOptions = RepositoryOptions & FilterOptions & PolicyOptions & { readonly dryRun?: boolean };

type Group = { readonly group: object; readonly decision: ForgetDecision<Snapshot> };

export function addForgetCommand(noun: Command, context: CommandContext): void {
  addPolicyOptions(
    addFilterOptions(
      addRepositoryOptions(
        noun
          .command('forget')
          .description(
            'Forgets the snapshots named, or all that a policy does not keep. Their data stays until gc.',
          )
          .argument('[snapshot...]', 'these, whatever the policy'),
      ),
    ),
  )
    .option('--dry-run', 'tell, forget nothing')
    .action((names: readonly string[], options: ForgetOptions) =>
      withRepository(context, options, (repository) => forget(context, repository, { names, options })),
    );
}

export function addPolicyOptions(command: Command): Command {
  for (const period of keepPeriods) {
    const what =
      period === 'last' ? 'the last n snapshots' : `the newest of each of the last n ${unitOf(period)}`;
    command.option(`--keep-${period} <n>`, `keep ${what}; unlimited for all`);
  }
  command.option('--keep-within <duration>', 'keep all that is no older: 2y5m7d3h');
  for (const period of keepPeriods)
    if (period !== 'last')
      command.option(
        `--keep-within-${period} <duration>`,
        `keep the newest of each of the ${unitOf(period)} within this`,
      );
  return command
    .option('--keep-tag <tag[,tag]>', 'keep what has all of these tags; may be repeated', collected)
    .option(
      '--group-by <members>',
      'the policy holds for each group alone: host,paths,tags (default: host,paths)',
    )
    .option('--time-zone <name>', 'where days and years begin (default: UTC)');
}

async function forget(
  context: CommandContext,
  repository: Repository,
  { names, options }: { readonly names: readonly string[]; readonly options: ForgetOptions },
): Promise<void> {
  const { groups, hurt } =
    names.length > 0
      ? await named(repository, names)
      : { groups: await byPolicy(repository, options), hurt: [] };
  const ids = [...groups.flatMap(({ decision }) => decision.forget.map(({ id }) => id)), ...hurt];
  if (options.dryRun !== true && ids.length > 0) await forgetSnapshots(repository, ids);
  printResult(context, options, {
    result: groups.map(({ group, decision }) => ({
      ...group,
      keep: decision.keep.map(({ snapshot, reasons }) => ({ id: snapshot.id, reasons })),
      forget: [...decision.forget.map(({ id }) => id), ...hurt],
    })),
    text: () => decisionsText(groups, hurt, options.dryRun === true),
  });
}

/** `hurt` are ids of snapshots of which no more than the id can be told. */
async function named(
  repository: Repository,
  names: readonly string[],
): Promise<{ readonly groups: readonly Group[]; readonly hurt: readonly string[] }> {
  const forget: Snapshot[] = [];
  const hurt: string[] = [];
  for (const name of names) {
    const found = await snapshotOrId(repository, name);
    if (typeof found === 'string') hurt.push(found);
    else forget.push(found);
  }
  return { groups: [{ group: {}, decision: { keep: [], forget } }], hurt };
}

async function snapshotOrId(repository: Repository, name: string): Promise<Snapshot | string> {
  try {
    return await resolveSnapshot(repository, name);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
    return resolveSnapshotId(repository, name);
  }
}

/** Also for `schedule`, which forgets after each backup. */
export async function byPolicy(
  repository: Repository,
  options: PolicyOptions & Pick<FilterOptions, 'host' | 'path'> & { readonly tag?: readonly string[] },
): Promise<readonly Group[]> {
  const policy = policyOf(options);
  const { snapshots: all } = await repository.snapshots();
  const snapshots = all.filter((snapshot) => matchesFilter(snapshot, filterOf(options)));
  const nowMs = await policyNowMs(repository);
  const groups = groupSnapshots(snapshots, groupMembersOf(options.groupBy)).map(
    ({ snapshots: some, key }) => ({ group: key, decision: applyForgetPolicy(some, policy, nowMs) }),
  );
  expectSomeKept(groups);
  return groups;
}

/** A tag that was mistyped in `--keep-tag` must not cost all that there is. */
function expectSomeKept(groups: readonly Group[]): void {
  const lost = groups.find(({ decision }) => decision.keep.length === 0);
  if (lost === undefined) return;
  const { group, decision } = lost;
  const of = Object.keys(group).length > 0 ? ` (${groupText(group)})` : '';
  throw new CommandFailed(
    'usage',
    `nothing was forgotten: the policy keeps none of ${countText(decision.forget.length, 'snapshot')}${of}; to forget all, name them`,
  );
}

/** Whether any rule was given. */
export function hasPolicy(options: PolicyOptions): boolean {
  return Object.keys(options).some((name) => name.startsWith('keep'));
}

/** For an agent, before it makes anything: throws as a run of it would. */
export function expectPolicy(options: PolicyOptions): void {
  policyOf(options);
  groupMembersOf(options.groupBy);
}

function policyOf(options: PolicyOptions): ForgetPolicy {
  const given = (name: string): string | undefined => options[`keep${name}` as KeepOption];
  const keep = Object.fromEntries(
    keepPeriods.flatMap((period) => {
      const text = given(capitalized(period));
      return text === undefined ? [] : [[period, countOf(`--keep-${period}`, text)]];
    }),
  );
  const withinPeriod = Object.fromEntries(
    keepPeriods.flatMap((period) => {
      const text = given(`Within${capitalized(period)}`);
      return text === undefined ? [] : [[period, parseKeepDuration(text)]];
    }),
  );
  const within = given('Within');
  const rules = Object.keys(keep).length + Object.keys(withinPeriod).length + (options.keepTag?.length ?? 0);
  if (rules === 0 && within === undefined)
    throw new CommandFailed(
      'usage',
      'nothing to go by: name snapshots, or what to keep (--keep-daily 7 ...)',
    );
  return {
    ...{ keep, withinPeriod },
    ...(within !== undefined && { within: parseKeepDuration(within) }),
    ...(options.keepTag !== undefined && { tags: options.keepTag.map((tags) => tags.split(',')) }),
    ...(options.timeZone !== undefined && { timeZone: options.timeZone }),
  };
}

function countOf(option: string, text: string): number {
  if (text === 'unlimited') return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandFailed(
    'usage',
    `could not use ${option} '${text}': wanted is a whole number or unlimited`,
  );
}

const members: readonly GroupMember[] = ['host', 'paths', 'tags'];

function groupMembersOf(text: string | undefined): readonly GroupMember[] | undefined {
  if (text === undefined) return undefined;
  return text
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const member = members.find((one) => one === name);
      if (member !== undefined) return member;
      throw new CommandFailed(
        'usage',
        `could not use --group-by '${text}': wanted are some of ${members.join(',')}`,
      );
    });
}

function decisionsText(groups: readonly Group[], hurt: readonly string[], isDryRun: boolean): string {
  const forgot = isDryRun ? 'would forget' : 'forgot';
  const kept = 'keep'.padEnd(forgot.length);
  const lines = groups.flatMap(({ group, decision: { keep, forget } }) => [
    ...(Object.keys(group).length > 0 ? [groupText(group)] : []),
    ...keep.map(({ snapshot, reasons }) => `  ${kept}  ${line(snapshot)}  ${reasons.join(', ')}`),
    ...forget.map((snapshot) => `  ${forgot}  ${line(snapshot)}`),
  ]);
  const hurtLines = hurt.map((id) => `  ${forgot}  ${id.slice(0, 8)}  cannot be read`);
  const count = groups.reduce((sum, { decision }) => sum + decision.forget.length, hurt.length);
  return `${[...lines, ...hurtLines, `${forgot} ${count}; gc gives the space back`].join('\n')}\n`;
}

function groupText(group: object): string {
  return Object.entries(group)
    .map(([member, value]) => `${member} ${[value].flat().join(' ')}`)
    .join(', ');
}

function line({ id, time, host, paths }: Snapshot): string {
  return `${id.slice(0, 8)}  ${instantText(time)}  ${host}  ${paths.join(' ')}`;
}

function unitOf(period: string): string {
  return (
    { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' }[period] ?? period
  );
}

function capitalized(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

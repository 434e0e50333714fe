// A backup, from the paths to the commit (DESIGN.md, "Create" and W1 to W5).

import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { timeShape } from '../format/records/members.ts';
import { problemOf } from '../format/records/shape.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { CreateAttempt, type CreateSource } from './create-attempt.ts';
import type { CreateOptions, CreateResult } from './create-options.ts';
import { DirectoryRules, noExcludes } from './exclude-rules.ts';
import { findParent } from './find-parent.ts';
import type { StoredDirectory } from './parent-directories.ts';
import { runHook } from './run-hook.ts';
import { sourcePaths } from './source-paths.ts';
import { stayingAlive } from './stay-alive.ts';
import { stdinNames } from './stdin-tree.ts';
import type { ExcludeRules } from './walker-messages.ts';

/** A collector that fences one try after the other takes every lease for over: more tries would not help. */
const attemptsMax = 5;

/**
 * Stores what lies below the paths as a snapshot. What cannot be read of single files is in `problems`, and the rest goes
 * on; the snapshot is absent or whole.
 *
 * Throws `source` when none of the paths exists, `hook-failed`, `invalid-argument`, `fenced` when a collector took the
 * session for dead again and again, errors of the store and the repository, and the signal's reason.
 *
 *   const { snapshot, problems } = await createSnapshot(repository, { paths: ['/home/ann'], host: 'ann', user: 'ann' });
 */
export async function createSnapshot(repository: Repository, options: CreateOptions): Promise<CreateResult> {
  checkValues(options);
  const excludes = checkedExcludes(options.excludes);
  const source = sourceOf(options);
  await runBefore(options);
  try {
    const prepared = { source, excludes };
    const result = await stayingAlive(() => attemptUntilCommitted(repository, options, prepared));
    return { ...result, warnings: [...result.warnings, ...(await runAfter(options, result))] };
  } catch (error) {
    await runAfter(options, undefined);
    throw error;
  }
}

type Prepared = { readonly source: CreateSource; readonly excludes: ExcludeRules };

async function attemptUntilCommitted(
  repository: Repository,
  options: CreateOptions,
  prepared: Prepared,
): Promise<CreateResult> {
  const parent = await parentOf(repository, options, prepared);
  const { clock } = repository.world;
  const began = { nowMs: clock.nowMs(), monotonicMs: clock.monotonicMs() };
  let parentRoot: StoredDirectory | undefined = parent?.root;
  let built: CreateAttempt | undefined;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const tried = new CreateAttempt({ repository, options, ...prepared, parent, parentRoot, began, built });
    const result = await tried.run();
    if (result !== 'fenced') return result;
    // What was built is the parent now: every chunk of it is asked for again (W4).
    parentRoot = tried.root ?? parentRoot;
    built = tried;
    if (options.openService === undefined) await repository.index({ refresh: true });
  }
  throw new BackupError('fenced', { attempted: 'commit a snapshot', detail: `${attemptsMax} times` });
}

function parentOf(
  repository: Repository,
  options: CreateOptions,
  { source }: Prepared,
): Promise<Snapshot | undefined> {
  if (source.kind === 'stdin') return Promise.resolve(undefined);
  return findParent(repository, options, source.text);
}

function sourceOf(options: CreateOptions): CreateSource {
  const { stdin, paths } = options;
  if (stdin === undefined) return { kind: 'paths', ...sourcePaths(options) };
  if (paths.length === 0) return { kind: 'stdin', names: stdinNames(stdin.name), source: stdin.source };
  throw new BackupError('invalid-argument', {
    attempted: 'back up standard input',
    detail: 'paths were given too, and a snapshot has either',
  });
}

/** Before hours are spent on a snapshot whose record could not be written. */
function checkValues({ time, archivers }: CreateOptions): void {
  const refuse = (detail: string) => {
    throw new BackupError('invalid-argument', { attempted: 'create a snapshot', detail });
  };
  if (time !== undefined && problemOf(time, timeShape) !== undefined)
    refuse(`'${time}' is no time in UTC such as 2026-11-29T12:00:00Z`);
  if (archivers !== undefined && !(archivers >= 1)) refuse(`${archivers} threads`);
}

function checkedExcludes(given: CreateOptions['excludes']): ExcludeRules {
  const excludes = { ...noExcludes, ...given };
  try {
    // Any path but the root, which rules are not about.
    DirectoryRules.of(excludes).excludes('/any', true);
    return excludes;
  } catch (cause) {
    const detail = excludes.patterns.join(' ');
    throw new BackupError('invalid-argument', { attempted: 'read the exclude rules', detail, cause });
  }
}

async function runBefore({ hooks, signal }: CreateOptions): Promise<void> {
  if (hooks?.before !== undefined) await runHook('before', hooks.before, { environment: {}, signal });
}

/** Its failure must not undo a backup that is there: it is a warning. An abort does not keep it from running. */
async function runAfter(
  { hooks }: CreateOptions,
  result: CreateResult | undefined,
): Promise<readonly string[]> {
  if (hooks?.after === undefined) return [];
  const environment = {
    CAIRN_BACKUP_OUTCOME: outcomeOf(result),
    CAIRN_BACKUP_SNAPSHOT: result?.snapshot?.id ?? '',
  };
  try {
    await runHook('after', hooks.after, { environment });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

function outcomeOf(result: CreateResult | undefined): 'success' | 'partial' | 'failure' {
  if (result === undefined) return 'failure';
  return result.problems.length === 0 ? 'success' : 'partial';
}

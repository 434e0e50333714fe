// Restores a snapshot, or a part of it, into a directory (DESIGN.md, "Restore").

import { closeSync, constants, openSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { makeFolderAndParents } from '../filesystem/make-folders.ts';
import { requireSystemCalls } from '../filesystem/system-calls.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import type { TreeEntry } from '../format/tree-entry.ts';
import { pathText } from '../manifest/path-text.ts';
import { openTree, type SnapshotTree } from '../manifest/read-tree.ts';
import { ChunkFetcher } from './plan/chunk-fetcher.ts';
import { CompletionQueue } from './plan/completion-queue.ts';
import { EntryWriter } from './plan/entry-writer.ts';
import type { RestoreDirectory } from './plan/restore-item.ts';
import { RestoreReport } from './plan/restore-report.ts';
import { Selection } from './plan/selection.ts';
import { Slots } from './plan/slots.ts';
import { TargetInspector } from './plan/target-inspector.ts';
import { UnitTracker } from './plan/unit-tracker.ts';
import { WorkerPool } from './plan/worker-pool.ts';
import type { RestoreOptions, RestoreResult } from './restore-options.ts';
import { type RestoreParts, RestoreRun } from './restore-run.ts';

/** Units under way beside those that workers have: read ahead while these write. */
const unitsAhead = 2;
const largeFilesAtOnce = 2;

/** Of a repository, what a restore needs. */
export type RestoreSource = Pick<
  Repository,
  'config' | 'keyring' | 'world' | 'blobs' | 'index' | 'readChunks'
>;

type Target = {
  /** Undefined in a dry run when it is not there. */
  readonly descriptor: number | undefined;
  readonly isFresh: boolean;
};

/**
 * Writes the snapshot's files below `target`, and nothing anywhere else. What cannot be restored is named in the result, and the
 * rest is; a file is there complete or not at all. Throws `target` when the target cannot be used or is full, `no-path`,
 * `damaged` when the root of the tree cannot be read, `store`, and the signal's reason.
 *
 * ```ts
 * const { problems, named } = await restoreSnapshot(repository, snapshot, { target: '/mnt/restored' });
 * ```
 */
export async function restoreSnapshot(
  repository: RestoreSource,
  snapshot: Snapshot,
  options: RestoreOptions,
): Promise<RestoreResult> {
  requireSystemCalls();
  const { workers = 1 } = options;
  if (!(workers >= 1))
    throw new BackupError('invalid-argument', { attempted: 'restore', detail: `${workers} threads` });
  const tree = openTree(repository, snapshot);
  const start = await startOf(tree, options.path ?? new Uint8Array());
  const target = openTarget(options);
  const pools: WorkerPool[] = [];
  try {
    return await restoreInto(repository, tree, start, options, target, pools);
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
    if (target.descriptor !== undefined) closeSync(target.descriptor);
  }
}

async function restoreInto(
  repository: RestoreSource,
  tree: SnapshotTree,
  start: Start,
  options: RestoreOptions,
  target: Target,
  pools: WorkerPool[],
): Promise<RestoreResult> {
  const ending = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal;
  const openPool: OpenPool = async (size) => {
    const pool = await WorkerPool.open(repository.world, workerInit(repository, options, target), size);
    pools.push(pool);
    return pool;
  };
  const report = new RestoreReport();
  const parts = await partsOf(repository, options, target, {
    report,
    signal,
    openPool,
    onError: abortWith(ending),
  });
  const run = new RestoreRun(parts, rootDirectory(start, options, target));
  try {
    await walk(tree, start, run, parts);
  } catch (error) {
    ending.abort(error);
  }
  await parts.units.settled();
  await parts.writing?.completions.finish();
  // What ended it: the walk's error, or that of a unit, or the caller's own reason.
  signal.throwIfAborted();
  options.onProgress?.({ ...report.counts });
  return report.result();
}

async function walk(tree: SnapshotTree, start: Start, run: RestoreRun, { report, signal }: RestoreParts) {
  if (start.entry.type !== 'directory') await run.takeStart(start.entry);
  else {
    const onDamage = ({ path }: { readonly path: Uint8Array }, error: unknown) =>
      report.problem(path, `${(error as Error).message}; nothing below it is restored`);
    const from = { directory: start.entry, path: start.path };
    const options = { start: from, leave: true, enter: run.enter, onDamage, signal };
    for await (const batch of tree.walkBatches(options)) await run.take(batch);
  }
  await run.finish();
}

type OpenPool = (size: Parameters<typeof WorkerPool.open>[2]) => Promise<WorkerPool>;

async function partsOf(
  repository: RestoreSource,
  options: RestoreOptions,
  target: Target,
  given: Pick<RestoreParts, 'report' | 'signal' | 'onError'> & {
    readonly openPool: OpenPool;
  },
): Promise<RestoreParts> {
  const { report, signal, onError, openPool } = given;
  const { dryRun = false, workers = availableParallelism(), inCallingThread = false } = options;
  const selection = new Selection(options);
  const units = new UnitTracker();
  const inspecting = target.isFresh ? undefined : await openPool({ count: 1 });
  const common = { options, selection, report, units, signal, onError };
  return {
    ...common,
    slots: new Slots(workers + unitsAhead),
    largeSlots: new Slots(largeFilesAtOnce),
    inspector: new TargetInspector({
      pool: inspecting,
      selection,
      report,
      dryRun,
      describes: options.overwrite !== 'never',
    }),
    writing: dryRun
      ? undefined
      : await writingParts(repository, await openPool({ count: workers, inCallingThread }), common),
  };
}

async function writingParts(
  repository: RestoreSource,
  pool: WorkerPool,
  {
    report,
    units,
    signal,
    onError,
    options,
  }: Omit<RestoreParts, 'slots' | 'largeSlots' | 'inspector' | 'writing'>,
): Promise<NonNullable<RestoreParts['writing']>> {
  const fetcher = new ChunkFetcher(repository, signal);
  const index = await repository.index({ refresh: true });
  const onFull = (detail: string) =>
    onError(new BackupError('target', { attempted: `restore to ${options.target}`, detail }));
  const writer = new EntryWriter({ pool, fetcher, index, report, signal, onFull });
  return { writer, completions: new CompletionQueue({ pool, writer, report, units }) };
}

function workerInit({ config, keyring }: RestoreSource, options: RestoreOptions, target: Target) {
  const { overwrite = 'always', delete: mayDelete = false, verify = false, dryRun = false } = options;
  return { config, keyring, root: target.descriptor ?? -1, overwrite, delete: mayDelete, verify, dryRun };
}

/** The first error counts. */
function abortWith(ending: AbortController): (error: unknown) => void {
  return (error) => {
    if (!ending.signal.aborted) ending.abort(error);
  };
}

type Start = { readonly entry: TreeEntry; readonly path: Uint8Array };

async function startOf(tree: SnapshotTree, path: Uint8Array): Promise<Start> {
  const entry = await tree.resolve(path);
  if (entry !== undefined) return { entry, path };
  throw new BackupError('no-path', { attempted: 'restore', detail: pathText(path) });
}

function rootDirectory(
  { entry, path }: Start,
  options: RestoreOptions,
  { isFresh }: Target,
): RestoreDirectory {
  const directoryPath = entry.type === 'directory' ? path : parentOf(path);
  return {
    path: withoutSlash(directoryPath),
    relative: new Uint8Array(),
    parent: undefined,
    entry: undefined,
    selected: true,
    status: isFresh ? 'fresh' : 'existed',
    names: options.delete && !isFresh && entry.type === 'directory' ? new Set() : undefined,
  };
}

function parentOf(path: Uint8Array): Uint8Array {
  return path.subarray(0, Math.max(0, withoutSlash(path).lastIndexOf(0x2f)));
}

function withoutSlash(path: Uint8Array): Uint8Array {
  return path.at(-1) === 0x2f ? withoutSlash(path.subarray(0, -1)) : path;
}

/** The name that the user gave is followed, whatever it is; what is below it, never. */
function openTarget({ target, dryRun = false }: RestoreOptions): Target {
  try {
    if (!dryRun) makeFolderAndParents(resolve(target));
    const descriptor = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
    return { descriptor, isFresh: readdirSync(`/proc/self/fd/${descriptor}`).length === 0 };
  } catch (error) {
    if (dryRun && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { descriptor: undefined, isFresh: true };
    throw new BackupError('target', {
      attempted: `restore to ${target}`,
      detail: (error as Error).message,
      cause: error,
    });
  }
}

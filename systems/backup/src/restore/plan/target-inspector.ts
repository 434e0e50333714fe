// What the target has already. A target that was empty is not looked at again: all in it is of this restore. Otherwise a worker
// of its own answers, so that a look at a directory never waits behind a unit of work.

import { temporaryPrefix } from '../../filesystem/new-file.ts';
import { joinPath } from '../../manifest/join-path.ts';
import { packEntries } from '../worker/entry-batch.ts';
import type { Decision, RestoreOutput } from '../worker/restore-messages.ts';
import { itemPath, type RestoreDirectory, type RestoreItem } from './restore-item.ts';
import type { RestoreReport } from './restore-report.ts';
import type { Selection } from './selection.ts';
import type { WorkerPool } from './worker-pool.ts';

export type TargetInspectorOptions = {
  /** Undefined when the target is empty, or is not there. */
  readonly pool: WorkerPool | undefined;
  readonly selection: Selection;
  readonly report: RestoreReport;
  readonly dryRun: boolean;
  /** Whether directories that existed get the snapshot's metadata. */
  readonly describes: boolean;
};

const temporaryBytes = Buffer.from(temporaryPrefix);

export class TargetInspector {
  readonly #options: TargetInspectorOptions;

  constructor(options: TargetInspectorOptions) {
    this.#options = options;
  }

  get isFresh(): boolean {
    return this.#options.pool === undefined;
  }

  /** Of a directory whose parent existed; makes it when it is missing. */
  async enter({ relative, path, entry, selected }: RestoreDirectory): Promise<RestoreDirectory['status']> {
    const { pool, report, describes } = this.#options;
    const { state, failures } = await pool!.run({
      kind: 'enter',
      directory: relative,
      mtime: entry!.mtime,
      describedLater: describes && selected,
    });
    for (const { problem } of failures) report.problem(path, `${problem}; nothing below it is restored`);
    if (state === 'kept') report.problem(path, 'something that is no directory is in its place and is kept');
    if (state === 'created') return 'fresh';
    return state === 'existed' ? 'existed' : 'refused';
  }

  /** What to do about each item; those that cannot be looked at are problems, and kept. */
  async inspect(items: readonly RestoreItem[]): Promise<readonly Decision[]> {
    const decisions: Decision[] = items.map(() => 'create');
    const asked = [...items.keys()].filter((at) => items[at]!.directory.status === 'existed');
    if (asked.length === 0) return decisions;
    const entries = asked.map((at) => {
      const { entry, directory } = items[at]!;
      return { entry, directory: directory.relative, action: 'create', chunks: [] } as const;
    });
    const output = await this.#options.pool!.run({ kind: 'inspect', entries: packEntries(entries) });
    for (const [answer, at] of asked.entries()) decisions[at] = output.decisions?.[answer] ?? 'keep';
    for (const { entry, problem } of output.failures)
      this.#options.report.problem(itemPath(items[asked[entry]!]!), problem);
    return decisions;
  }

  /** Removes what a directory has and the snapshot lacks. What the patterns leave out is not touched. */
  async removeOthers(directory: RestoreDirectory): Promise<void> {
    const { pool, report, selection, dryRun } = this.#options;
    if (pool === undefined || directory.names === undefined) return;
    const { names = [], failures } = await pool.run({ kind: 'list', directory: directory.relative });
    for (const { problem } of failures) report.problem(directory.path, problem);
    const others = names.filter(
      (name) =>
        !directory.names!.has(Buffer.from(name).toString('latin1')) &&
        !isTemporary(name) &&
        selection.selects(joinPath(directory.path, name)),
    );
    if (others.length === 0) return;
    report.counts.filesDeleted += others.length;
    if (dryRun) return;
    const removed = await pool.run({ kind: 'remove', directory: directory.relative, names: others });
    this.#reportRemoval(directory, others, removed);
  }

  #reportRemoval(
    directory: RestoreDirectory,
    names: readonly Uint8Array[],
    { failures }: RestoreOutput,
  ): void {
    this.#options.report.counts.filesDeleted -= failures.length;
    for (const { entry, problem } of failures)
      this.#options.report.problem(joinPath(directory.path, names[entry]!), problem);
  }
}

/** A file under way, of this restore or another. */
function isTemporary(name: Uint8Array): boolean {
  return Buffer.compare(name.subarray(0, temporaryBytes.length), temporaryBytes) === 0;
}

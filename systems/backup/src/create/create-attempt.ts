// One try of a backup: a session, a run over the tree, the commit. It ends in one of three ways: committed (or done, for a
// dry run), fenced, or with an error, after which what was stored is indexed so that the next backup goes on from there.

import { availableParallelism } from 'node:os';
import type { Repository, WriterSession } from '../core/repository.ts';
import { rfc3339 } from '../core/rfc3339.ts';
import { BackupError } from '../errors.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import type { Snapshot, SnapshotSummary } from '../format/snapshot-record.ts';
import type { TreeSummary } from '../format/tree-entry.ts';
import type { FingerprintTable } from '../packing/fingerprint-table.ts';
import { BackupRun } from './backup-run.ts';
import { type CreateContext, openCreateContext } from './create-context.ts';
import type { CreateOptions, CreateResult } from './create-options.ts';
import { enterKnownOfParent } from './parent-chunks.ts';
import type { StoredDirectory } from './parent-directories.ts';
import { rootInputs, stdinInputs, stdinRoot } from './stdin-tree.ts';
import type { ExcludeRules } from './walker-messages.ts';

export type CreateSource =
  | { readonly kind: 'paths'; readonly bytes: readonly Uint8Array[]; readonly text: readonly string[] }
  | { readonly kind: 'stdin'; readonly names: readonly string[]; readonly source: AsyncIterable<Uint8Array> };

export type CreateAttemptOptions = {
  readonly repository: Repository;
  readonly options: CreateOptions;
  readonly source: CreateSource;
  readonly excludes: ExcludeRules;
  readonly parent: Snapshot | undefined;
  readonly parentRoot: StoredDirectory | undefined;
  readonly began: { readonly nowMs: number; readonly monotonicMs: number };
  /** The try before, that was fenced. */
  readonly built: CreateAttempt | undefined;
};

/** What the snapshot will say of the tree. */
type Built = {
  readonly root: StoredDirectory;
  readonly summary: TreeSummary;
  readonly users: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
};

export class CreateAttempt {
  readonly #options: CreateAttemptOptions;
  readonly #signal: AbortSignal;
  #built: Built | undefined;
  /** Of standard input, whose content cannot be read again: what the root and the file consist of. */
  #stdinChunks: Uint8Array | undefined;

  constructor(options: CreateAttemptOptions) {
    this.#options = options;
    this.#signal = options.options.signal ?? new AbortController().signal;
  }

  /** Undefined when the attempt did not get that far. */
  get root(): StoredDirectory | undefined {
    return this.#built?.root;
  }

  async run(): Promise<CreateResult | 'fenced'> {
    this.#signal.throwIfAborted();
    const context = await this.#openContext();
    try {
      return await this.#runIn(context);
    } catch (error) {
      await leave(context.session);
      if (error instanceof BackupError && error.code === 'fenced') return 'fenced';
      throw error;
    } finally {
      await context.service?.close();
    }
  }

  #openContext(): Promise<CreateContext> {
    const { repository, options } = this.#options;
    const { host, user, dryRun: dry = false, uploadBytesAtOnce, openService } = options;
    const archivers = archiversOf(options);
    return openCreateContext(repository, { host, user, dry, archivers, uploadBytesAtOnce, openService });
  }

  async #runIn(context: CreateContext): Promise<CreateResult | 'fenced'> {
    const { options } = this.#options;
    const run = new BackupRun({
      context,
      archivers: archiversOf(options),
      inCallingThread: options.inCallingThread ?? false,
      onProgress: options.onProgress,
      signal: this.#signal,
    });
    try {
      this.#built = await this.#build(context, run);
    } finally {
      await run.close();
    }
    return this.#commit(context, run, this.#built);
  }

  #build(context: CreateContext, run: BackupRun): Promise<Built> {
    const { source } = this.#options;
    return source.kind === 'paths'
      ? this.#walk(context, run, source.bytes)
      : this.#storeStdin(context, run, source);
  }

  async #walk(context: CreateContext, run: BackupRun, paths: readonly Uint8Array[]): Promise<Built> {
    const { parentRoot, excludes, options } = this.#options;
    const { service, table, chunks } = context;
    if (service !== undefined && parentRoot !== undefined) {
      await enterKnownOfParent(parentRoot, { chunks, service, table, signal: this.#signal });
    }
    return run.walk({
      ...context.archiverInit,
      paths,
      excludes,
      oneFileSystem: options.oneFileSystem ?? false,
      archivers: archiversOf(options),
      parentRoot: parentRoot && { ...parentRoot, fingerprints: Uint8Array.from(parentRoot.fingerprints) },
    });
  }

  async #storeStdin(
    context: CreateContext,
    run: BackupRun,
    { names, source }: Extract<CreateSource, { kind: 'stdin' }>,
  ): Promise<Built> {
    const { built } = this.#options;
    if (built !== undefined) return this.#asBefore(context, built);
    const file = await run.store(stdinInputs(source, 0));
    const bytes = stdinRoot(names, file, this.#options.began.nowMs);
    const root = await run.store(rootInputs(bytes, 1));
    await run.finish();
    run.totals.filesNew += 1;
    this.#stdinChunks = Buffer.concat([file.fingerprints, root.fingerprints]);
    return {
      root: { kind: 'chunks', fingerprints: root.fingerprints, lengthBytes: bytes.length },
      summary: { files: 1, directories: names.length - 1, bytes: file.sizeBytes },
      users: {},
      groups: {},
    };
  }

  /** After a fence: the source was read to its end, so what was built stands if all of it is still known. */
  #asBefore({ table }: CreateContext, before: CreateAttempt): Built {
    const built = before.#built;
    const chunks = before.#stdinChunks;
    const known = chunks !== undefined && everyKnown(table, chunks);
    if (built !== undefined && known) {
      this.#stdinChunks = chunks;
      return built;
    }
    throw new BackupError('store', {
      attempted: 'commit standard input',
      detail: 'a collector took the session for dead, and the stream cannot be read again',
    });
  }

  async #commit(
    { session, service }: CreateContext,
    run: BackupRun,
    built: Built,
  ): Promise<CreateResult | 'fenced'> {
    if (session === undefined) return this.#result(run, built, undefined);
    await session.flush(); // what it registers, others may wait for
    if ((await service?.settle()) === 'broken') {
      await leave(session);
      return 'fenced';
    }
    const { packBytes, indexBytes } = session.counts;
    const record = this.#record(built, this.#summary(run, built, packBytes + indexBytes));
    const outcome = await session.commit(record);
    if (outcome === 'fenced') return 'fenced';
    return this.#result(run, built, { kind: 'snapshot', id: session.id, ...record });
  }

  #record(built: Built, summary: SnapshotSummary): Omit<Snapshot, 'kind' | 'id'> {
    const { options, source, excludes, parent, began } = this.#options;
    const { host, user, tags = [], time = rfc3339(began.nowMs), program = 'cairn' } = options;
    return {
      time,
      host,
      user,
      paths: source.kind === 'paths' ? source.text : [`/${source.names.join('/')}`],
      tags,
      excludes: excludes.patterns,
      ...(parent === undefined ? {} : { parent: parent.id }),
      root: built.root,
      users: built.users,
      groups: built.groups,
      summary,
      program,
    };
  }

  #result(run: BackupRun, built: Built, snapshot: Snapshot | undefined): CreateResult {
    return {
      snapshot,
      summary: snapshot?.summary ?? this.#summary(run, built, 0),
      problems: run.problems,
      warnings: run.warnings,
    };
  }

  #summary(run: BackupRun, { summary }: Built, bytesAdded: number): SnapshotSummary {
    const { filesNew, filesChanged, filesUnmodified } = run.totals;
    const { repository, began } = this.#options;
    return {
      ...summary,
      filesNew,
      filesChanged,
      filesUnmodified,
      errors: run.problems.length,
      chunksNew: run.counts.chunksNew,
      bytesAdded,
      durationMs: Math.round(repository.world.clock.monotonicMs() - began.monotonicMs),
    };
  }
}

function archiversOf({ archivers = availableParallelism() }: CreateOptions): number {
  return archivers;
}

/** The error that ended the attempt is what counts, so that of leaving is not told: a later gc cleans up. */
async function leave(session: WriterSession | undefined): Promise<void> {
  if (session === undefined) return;
  await session.flush().catch(() => {});
  await session.abandon().catch(() => {});
}

function everyKnown(table: FingerprintTable, fingerprints: Uint8Array): boolean {
  for (let at = 0; at < fingerprints.length; at += fingerprintBytes) {
    if (!table.has(fingerprints, at)) return false;
  }
  return true;
}

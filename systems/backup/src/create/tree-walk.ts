// The walk over the tree, depth first in the order of names (DESIGN.md, "Create"): what is unchanged since the parent snapshot
// is taken from it, contents of the rest are asked for, and directories are closed bottom up as their results come.
//
// It runs in turns: `run` goes on until nothing can be done before somebody answers, or enough was done to tell.

import assert from 'node:assert/strict';
import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { cacheTagName } from '../filesystem/cache-tag.ts';
import { entryAt, treeReferenceOf } from '../format/decode-directory.ts';
import type { TreeCursor } from '../format/tree-cursor.ts';
import { type EntryType, entryTypes, type TreeSummary } from '../format/tree-entry.ts';
import type { ArchivedFile } from '../packing/archiver-messages.ts';
import { decodeArchivedFiles } from '../packing/file-batch.ts';
import { filesPerStart } from './archiver-pool.ts';
import { AttributeReader } from './attribute-reader.ts';
import { DirectoryBuilder } from './directory-builder.ts';
import { DirectoryCloser } from './directory-closer.ts';
import { entryOf, entryTypeOfStat, isRacy, isUnchanged } from './entry-stat.ts';
import type { DirectoryRules } from './exclude-rules.ts';
import { type AwaitedFile, FileJobs } from './file-jobs.ts';
import { filePath, pathBytes } from './file-path.ts';
import { leafContent } from './leaf-content.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { DirectoryPlace, OpenDirectory } from './open-directory.ts';
import { type ChunkAnswer, ParentDirectories, type StoredDirectory } from './parent-directories.ts';
import { settledEntry } from './settled-entry.ts';
import { namesToVisit, type TargetNode } from './target-tree.ts';
import { WalkReport } from './walk-report.ts';
import type { JobBatch } from './walker-messages.ts';

/** What a turn does at most, so that jobs come out early and an abort is heard. */
const entriesPerTurn = 4096;
const jobsPerTurn = 128;
/**
 * Files that were given out and not answered, for each archiver: two batches and what comes while they are read. They are what
 * an open directory keeps in memory besides its bytes. More of them outlive the collections of new objects, which costs as much time as they
 * save; with fewer there would not be work enough for all to be started.
 */
const outstandingPerArchiver = 160;
assert(outstandingPerArchiver > filesPerStart);

export type TreeWalkOptions = {
  readonly target: TargetNode;
  readonly rules: DirectoryRules;
  readonly parentRoot: StoredDirectory | undefined;
  readonly oneFileSystem: boolean;
  readonly archivers: number;
  readonly store: ManifestStore;
  /** The wall clock, to tell a change that the ctime may not show. */
  readonly nowMs: () => number;
};

/** An entry that was met, before anything is decided. */
type Met = {
  readonly directory: OpenDirectory;
  readonly builder: DirectoryBuilder;
  readonly name: string;
  readonly path: string;
  readonly stat: BigIntStats;
  readonly type: EntryType;
  readonly node: TargetNode | undefined;
  readonly whole: boolean;
};

export class TreeWalk {
  readonly report = new WalkReport();
  readonly attributes = new AttributeReader(this.report);
  readonly #options: TreeWalkOptions;
  readonly #parents: ParentDirectories;
  readonly #files = new FileJobs();
  readonly #closer: DirectoryCloser;
  readonly #onOwner: (uid: bigint, gid: bigint) => void;
  readonly #stack: OpenDirectory[] = [];
  #nowMs = 0;

  constructor(options: TreeWalkOptions, onOwner: (uid: bigint, gid: bigint) => void) {
    this.#options = options;
    this.#onOwner = onOwner;
    this.#parents = new ParentDirectories(options.parentRoot);
    this.#closer = new DirectoryCloser(options.store, this.attributes);
    this.#openRoot();
  }

  /** What archivers and the repository answered. */
  accept(results: readonly Uint8Array[], chunks: readonly ChunkAnswer[]): void {
    this.#parents.accept(chunks);
    for (const result of results.flatMap(decodeArchivedFiles)) {
      for (const file of this.#files.settle(result)) this.#settle(file, result);
    }
  }

  /** One turn. `blocked`: the next one needs answers. */
  run(): { readonly blocked: boolean } {
    this.#nowMs = this.#options.nowMs();
    const outstandingMax = outstandingPerArchiver * this.#options.archivers;
    for (let visited = 0; visited < entriesPerTurn; visited += 1) {
      if (this.#files.waitingToStart >= jobsPerTurn) return { blocked: false };
      if (this.#files.outstanding >= outstandingMax || !this.#step()) return { blocked: true };
    }
    return { blocked: false };
  }

  takeJobs(): readonly JobBatch[] {
    return this.#files.take();
  }

  wanted(): readonly Uint8Array[] {
    return this.#parents.wanted();
  }

  /** What concerns no single entry. */
  get warnings(): readonly string[] {
    const { notUnderstood } = this.#parents;
    if (notUnderstood === 0) return this.attributes.lacking;
    const what = `${notUnderstood} directories of the parent are not understood: their files were read again`;
    return [...this.attributes.lacking, what];
  }

  /** The whole tree, when nothing is open any more. */
  get root(): { readonly tree: StoredDirectory; readonly summary: TreeSummary } | undefined {
    return this.#closer.root;
  }

  /** False when there is nothing to do before answers come. */
  #step(): boolean {
    const directory = this.#stack.at(-1);
    if (directory === undefined) return false;
    const builder = directory.builder ?? this.#beginBuilding(directory);
    if (builder === undefined) return false;
    if (directory.next === directory.names.length) {
      this.#stack.pop();
      this.#closer.closeIfComplete(directory);
      return true;
    }
    const name = directory.names[directory.next]!;
    directory.next += 1;
    this.#visit(directory, builder, name);
    return true;
  }

  /** Undefined as long as the parent's bytes of this directory are not there. */
  #beginBuilding(directory: OpenDirectory): DirectoryBuilder | undefined {
    const bytes = directory.awaits === undefined ? 'lost' : this.#parents.take(directory.awaits);
    if (bytes === 'waiting') return undefined;
    directory.awaits = undefined;
    directory.builder = new DirectoryBuilder(bytes === 'lost' ? undefined : bytes);
    return directory.builder;
  }

  #visit(directory: OpenDirectory, builder: DirectoryBuilder, name: string): void {
    const path = `${directory.path}/${name}`;
    const node = directory.node?.children.get(name);
    const passed = node !== undefined && !node.whole && !directory.whole;
    const stat = this.#statOf(path, passed, node);
    if (stat === undefined) return;
    const type = entryTypeOfStat(stat);
    if (type === undefined) {
      this.report.problem('unsupported', path, 'not a kind of file that is known');
      return;
    }
    const excluded = node?.whole !== true && directory.rules.excludes(path, type === 'directory');
    const whole = node?.whole === true || (directory.whole && !excluded);
    if (!whole && node === undefined) return;
    this.#take({ directory, builder, name, path, stat, type, node, whole });
  }

  /** A link is followed only on the way to a path that was asked for. */
  #statOf(path: string, passed: boolean, node: TargetNode | undefined): BigIntStats | undefined {
    try {
      const options = { bigint: true, throwIfNoEntry: false } as const;
      const stat = passed ? statSync(filePath(path), options) : lstatSync(filePath(path), options);
      if (stat === undefined) {
        const problem = node === undefined ? 'it vanished before it was looked at' : 'there is no such path';
        this.report.problem('vanished', path, problem);
      }
      return stat;
    } catch (error) {
      this.report.failure(path, error);
      return undefined;
    }
  }

  #take(met: Met): void {
    const { type, stat, builder, path, name } = met;
    if (type === 'file' && met.node?.whole !== true && met.directory.rules.excludesSize(Number(stat.size)))
      return;
    this.report.at(path);
    this.#onOwner(stat.uid, stat.gid);
    const known = builder.find(name);
    if (type === 'directory') {
      this.#enter(met, known);
    } else if (met.whole) {
      this.report.count('files');
      const same = known !== undefined && isUnchanged(known, type, stat);
      if (type === 'file') this.#takeFile(met, known, same);
      else if (same) builder.keep();
      else this.#addLeaf(met);
    } else {
      this.report.problem(
        'unreadable',
        path,
        'it is no directory, though a path that was asked for leads through it',
      );
    }
  }

  #takeFile(met: Met, known: TreeCursor | undefined, same: boolean): void {
    const { stat, builder } = met;
    const size = Number(stat.size);
    this.report.count('bytes', size);
    if (same && this.#isStored(known!)) {
      builder.keep();
      this.report.count('filesUnmodified');
      this.#countDone(size);
      return;
    }
    if (!same) this.report.count(known?.type === entryTypes.file ? 'filesChanged' : 'filesNew');
    else this.report.count('filesUnmodified');
    this.#request(met);
  }

  #isStored({ bytes, fingerprintsStart, chunkCount }: TreeCursor): boolean {
    return this.#options.store.knows(bytes, fingerprintsStart, fingerprintsStart + chunkCount * 32);
  }

  #request({ directory, builder, name, path, stat }: Met): void {
    const file: AwaitedFile = {
      directory,
      slot: builder.reserve(),
      name,
      path,
      stat,
      attributes: this.attributes.read(path),
      sinceMs: this.#nowMs,
    };
    // There is nothing to read of an empty file.
    const result = stat.size === 0n ? emptyFile : this.#files.request(file);
    if (result !== undefined) this.#settle(file, result);
  }

  #settle(file: AwaitedFile, result: ArchivedFile): void {
    const { directory, slot, path, stat } = file;
    this.#countDone(Number(stat.size));
    if (result.outcome !== 'stored') {
      this.report.problem(result.outcome, path, result.problem ?? problemTexts[result.outcome]);
    }
    if (result.outcome === 'vanished') directory.builder!.drop(slot);
    else directory.builder!.fill(slot, settledEntry(file, result, this.attributes));
    this.#closer.closeIfComplete(directory);
  }

  #countDone(sizeBytes: number): void {
    this.report.count('filesDone');
    this.report.count('bytesDone', sizeBytes);
  }

  #addLeaf({ builder, name, path, stat, type }: Met): void {
    try {
      builder.add(
        entryOf({
          name: pathBytes(name),
          type,
          stat,
          attributes: this.attributes.read(path),
          content: leafContent(path, type as Exclude<EntryType, 'file' | 'directory'>, stat),
          racy: isRacy(stat, this.#nowMs),
        }),
      );
      this.report.count('filesDone');
    } catch (error) {
      this.report.failure(path, error);
    }
  }

  #enter(met: Met, cursor: TreeCursor | undefined): void {
    const { directory: above, builder, name, path, stat, node, whole } = met;
    const device = node?.whole === true ? stat.dev : above.device;
    const names = this.#namesIn(met, device);
    if (names === undefined) return;
    this.report.count('directories');
    const known = cursor?.type === entryTypes.directory ? entryAt(cursor) : undefined;
    const ordinal = builder.ordinal;
    const slot = builder.reserve();
    const place: DirectoryPlace = { above, name, slot, stat, known, ordinal, sinceMs: this.#nowMs };
    const tree = known === undefined ? undefined : treeReferenceOf(cursor!);
    this.#stack.push({
      path,
      place,
      rules: above.rules.within(path, names, (file, error) => this.report.failure(file, error)),
      node,
      whole,
      device,
      names,
      next: 0,
      awaits: tree?.kind === 'chunks' ? tree : undefined,
      builder: tree?.kind === 'inline' ? new DirectoryBuilder(tree.bytes) : undefined,
      closed: false,
    });
  }

  /** In the order to visit them; undefined when the directory vanished. One that cannot be read is kept without entries. */
  #namesIn({ directory, path, node, whole, stat }: Met, device: bigint): readonly string[] | undefined {
    const another = this.#options.oneFileSystem && directory.whole && stat.dev !== device;
    if (!whole || another) return namesToVisit([], node);
    try {
      const listed = readdirSync(filePath(path), { encoding: 'latin1' });
      const kept = directory.rules.isCache(path, listed) ? [cacheTagName] : listed;
      return namesToVisit(kept, node);
    } catch (error) {
      this.report.failure(path, error);
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : namesToVisit([], node);
    }
  }

  #openRoot(): void {
    const { target, rules, parentRoot } = this.#options;
    const listed = target.whole ? readdirSync('/', { encoding: 'latin1' }) : [];
    this.#stack.push({
      path: '',
      place: undefined,
      rules,
      node: target,
      whole: target.whole,
      device: target.whole ? lstatSync('/', { bigint: true }).dev : 0n,
      names: namesToVisit(listed, target),
      next: 0,
      awaits: parentRoot,
      builder: undefined,
      closed: false,
    });
  }
}

const emptyFile: ArchivedFile = { id: -1, sizeBytes: 0, fingerprints: new Uint8Array(0), outcome: 'stored' };

const problemTexts = {
  changed: 'it changed while it was read; what was read is stored',
  vanished: 'it vanished before it was read',
  unreadable: 'it cannot be read',
} as const;

// Drives the walk of `create/tree-walk.ts` in this thread for tests: contents are read here, chunks are kept in a map, so
// what the walk itself does shows without a repository.

import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { DirectoryRules, noExcludes } from '../src/create/exclude-rules.ts';
import { binaryPath } from '../src/create/file-path.ts';
import type { ManifestStore } from '../src/create/manifest-store.ts';
import type { StoredDirectory } from '../src/create/parent-directories.ts';
import { targetTree } from '../src/create/target-tree.ts';
import { TreeWalk } from '../src/create/tree-walk.ts';
import type { ExcludeRules, WalkProblem } from '../src/create/walker-messages.ts';
import { decodeDirectory } from '../src/format/decode-directory.ts';
import type { TreeEntry, TreeReference, TreeSummary } from '../src/format/tree-entry.ts';
import type { ArchivedFile, ArchiverCounts, FileJob } from '../src/packing/archiver-messages.ts';
import { noArchiverCounts } from '../src/packing/chunk-sink.ts';
import { decodeFileJobs, encodeArchivedFiles } from '../src/packing/file-batch.ts';

export type WalkResult = {
  readonly root: StoredDirectory;
  readonly summary: TreeSummary;
  readonly problems: readonly WalkProblem[];
  /** Paths of files that were read. */
  readonly read: readonly string[];
  readonly counts: { filesNew: number; filesChanged: number; filesUnmodified: number };
};

export type WalkInMemoryOptions = {
  readonly paths: readonly string[];
  readonly excludes?: Partial<ExcludeRules>;
  readonly parent?: StoredDirectory | undefined;
  readonly oneFileSystem?: boolean;
  /** The clock says this much later than it is: files made just now are old then. */
  readonly laterMs?: number;
  /** Instead of reading the file. */
  readonly archive?: (job: FileJob, store: ChunksInMemory) => ArchivedFile;
};

/** Chunks by fingerprint, SHA-256; everything is one chunk. */
export class ChunksInMemory implements ManifestStore {
  readonly chunks = new Map<string, Uint8Array>();

  /** Can be read and must not be relied on, until it is stored again. */
  condemned: string | undefined;

  knows(fingerprints: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at += 32)
      if (!this.#isKnown(hex(fingerprints.subarray(at, at + 32)))) return false;
    return true;
  }

  store(bytes: Uint8Array): StoredDirectory {
    return { kind: 'chunks', fingerprints: this.put(bytes), lengthBytes: bytes.length };
  }

  put(bytes: Uint8Array): Uint8Array {
    const fingerprint = Uint8Array.from(createHash('sha256').update(bytes).digest());
    if (this.condemned === hex(fingerprint)) this.condemned = undefined;
    this.chunks.set(hex(fingerprint), Uint8Array.from(bytes));
    return fingerprint;
  }

  read({ kind, ...tree }: TreeReference & { fingerprints?: Uint8Array; bytes?: Uint8Array }): Uint8Array {
    return kind === 'inline' ? tree.bytes! : this.chunks.get(hex(tree.fingerprints!))!;
  }

  #isKnown(fingerprint: string): boolean {
    return this.chunks.has(fingerprint) && fingerprint !== this.condemned;
  }

  takePacks(): readonly [] {
    return [];
  }

  takeCounts(): ArchiverCounts {
    return noArchiverCounts();
  }
}

export function walkInMemory(store: ChunksInMemory, options: WalkInMemoryOptions): WalkResult {
  const walk = new TreeWalk(
    {
      target: targetTree(options.paths.map((path) => binaryPath(Buffer.from(path)))),
      rules: DirectoryRules.of({ ...noExcludes, ...options.excludes }),
      parentRoot: options.parent,
      oneFileSystem: options.oneFileSystem ?? false,
      archivers: 2,
      store,
      nowMs: () => Date.now() + (options.laterMs ?? 60_000),
    },
    () => {},
  );
  const read: string[] = [];
  const problems: WalkProblem[] = [];
  const counts = { filesNew: 0, filesChanged: 0, filesUnmodified: 0 };
  while (walk.root === undefined) {
    walk.run();
    const jobs = walk.takeJobs().flatMap(({ files }) => decodeFileJobs(files));
    read.push(...jobs.map(({ path }) => Buffer.from(path).toString('latin1')));
    // Answers come in another order than questions.
    const results = jobs.map((job) => (options.archive ?? archive)(job, store)).toReversed();
    const chunks = walk
      .wanted()
      .map((fingerprint) => ({ fingerprint, bytes: store.chunks.get(hex(fingerprint)) }));
    walk.accept([encodeArchivedFiles(results)], chunks);
    const report = walk.report.take();
    problems.push(...report.problems);
    counts.filesNew += report.progress.filesNew;
    counts.filesChanged += report.progress.filesChanged;
    counts.filesUnmodified += report.progress.filesUnmodified;
  }
  problems.push(...walk.report.take().problems);
  return { root: walk.root.tree, summary: walk.root.summary, problems, read, counts };
}

/** Reads a file as an archiver does. */
export function archive({ id, path }: FileJob, store: ChunksInMemory): ArchivedFile {
  try {
    const file = openSync(Buffer.from(path), 'r');
    const bytes = readFileSync(file);
    const { size, mtimeNs, ctimeNs, ino, blocks } = fstatSync(file, { bigint: true });
    closeSync(file);
    return {
      id,
      sizeBytes: bytes.length,
      fingerprints: bytes.length === 0 ? new Uint8Array(0) : store.put(bytes),
      outcome: 'stored',
      stat: { sizeBytes: size, mtimeNs, ctimeNs, inode: ino, blocks },
    };
  } catch (error) {
    const vanished = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const outcome = vanished ? 'vanished' : 'unreadable';
    return { id, sizeBytes: 0, fingerprints: new Uint8Array(0), outcome, problem: String(error) };
  }
}

/** Every entry below the root by its path, with one character per byte. */
export function entriesOf(store: ChunksInMemory, root: TreeReference): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  const visit = (tree: TreeReference, path: string): void => {
    for (const entry of decodeDirectory(store.read(tree), path)) {
      const entryPath = `${path}/${Buffer.from(entry.name).toString('latin1')}`;
      entries.set(entryPath, entry);
      if (entry.content.kind === 'directory') visit(entry.content.tree, entryPath);
    }
  };
  visit(root, '');
  return entries;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

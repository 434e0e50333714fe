// `stats`: how much a repository holds, in three ways of counting, as restic has them.
//
//   restore-size        what a restore of each snapshot would write
//   files-by-contents   files with the same contents counted once
//   raw-data            chunks: what deduplication and compression save, and what each snapshot alone is the reason for

import { keyOf } from '../check/chunk-copies.ts';
import { readDirectories } from '../check/read-directories.ts';
import { fileChunks, isFile, visitEntries } from '../check/visit-entries.ts';
import type { Repository } from '../core/repository.ts';
import { damaged } from '../format/damaged.ts';
import type { Snapshot } from '../format/snapshot-record.ts';
import { ChunkOwners } from './chunk-owners.ts';
import type { RepositoryStats, StatsOptions } from './stats-options.ts';

/**
 * Throws `damaged` where a directory cannot be read.
 *
 * @example
 * const { deduplication, compression } = await repositoryStats(repository, { mode: 'raw-data' });
 */
export async function repositoryStats(
  repository: Repository,
  options: StatsOptions,
): Promise<RepositoryStats> {
  const snapshots = options.snapshots ?? (await repository.snapshots()).snapshots;
  if (options.mode === 'raw-data') return rawData(repository, snapshots, options.signal);
  if (options.mode === 'files-by-contents') return filesByContents(repository, snapshots, options.signal);
  return { mode: 'restore-size', snapshots: snapshots.length, ...restoreSize(snapshots) };
}

function restoreSize(snapshots: readonly Snapshot[]): { files: number; bytes: number } {
  const sum = { files: 0, bytes: 0 };
  for (const { summary } of snapshots) {
    sum.files += summary.files;
    sum.bytes += summary.bytes;
  }
  return sum;
}

/** Equal contents are equal lists of chunks. 100 bytes of memory a content. */
async function filesByContents(
  repository: Repository,
  snapshots: readonly Snapshot[],
  signal: AbortSignal | undefined,
): Promise<RepositoryStats> {
  const contents = new Set<string>();
  let bytes = 0;
  const roots = snapshots.map(({ root }) => root);
  for await (const read of readDirectories(repository, roots, { signal })) {
    if ('problem' in read) throw damaged('a directory', read.problem);
    visitEntries(read.bytes, 'a directory', (cursor) => {
      if (!isFile(cursor)) return;
      const { size } = contents;
      contents.add(keyOf(cursor.fingerprints()));
      if (contents.size > size) bytes += cursor.sizeBytes;
    });
  }
  return { mode: 'files-by-contents', snapshots: snapshots.length, files: contents.size, bytes };
}

async function rawData(
  repository: Repository,
  snapshots: readonly Snapshot[],
  signal: AbortSignal | undefined,
): Promise<RepositoryStats> {
  const index = await repository.index({ refresh: true });
  const owners = new ChunkOwners(index);
  const directories = new SharedDirectories();
  for (const [owner, { root }] of snapshots.entries()) {
    const seen = directories.notToBeRead();
    for await (const read of readDirectories(repository, [root], { seen, signal })) {
      if ('problem' in read) throw damaged('a directory', read.problem);
      directories.read(read.key);
      owners.add(read.reference.fingerprints, owner);
      owners.add(fileChunks(read.bytes), owner);
    }
  }
  const { all, unique } = owners.count(snapshots.length);
  const restoreBytes = restoreSize(snapshots).bytes;
  const packs = [
    ...index.packs.map(({ listedBytes }) => listedBytes),
    ...index.orphans.map(({ sizeBytes }) => sizeBytes),
  ];
  return {
    mode: 'raw-data',
    snapshots: snapshots.length,
    ...all,
    restoreBytes,
    deduplication: ratio(restoreBytes, all.rawBytes),
    compression: ratio(all.rawBytes, all.storedBytes),
    packs: packs.length,
    packBytes: packs.reduce((sum, bytes) => sum + bytes, 0),
    chunksMissing: owners.missing,
    perSnapshot: snapshots.map(({ id, summary }, owner) => ({
      snapshot: id,
      files: summary.files,
      restoreBytes: summary.bytes,
      unique: unique[owner]!,
    })),
  };
}

/**
 * A directory object is read for the first snapshot that has it, so that this one is the owner of its chunks, and for the second,
 * which makes them shared; after that there is nothing new to learn below it.
 */
class SharedDirectories {
  readonly #once = new Set<string>();
  readonly #shared = new Set<string>();

  notToBeRead(): Set<string> {
    return new Set(this.#shared);
  }

  read(key: string): void {
    if (this.#once.has(key)) this.#shared.add(key);
    else this.#once.add(key);
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

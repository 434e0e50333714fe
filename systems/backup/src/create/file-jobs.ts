// Files whose content archivers are reading. A file with several names is read once: further names wait for the first.

import type { ExtendedAttribute } from '../format/tree-entry.ts';
import type { ArchivedFile, FileJob } from '../packing/archiver-messages.ts';
import { encodeFileJobs } from '../packing/file-batch.ts';
import type { Slot } from './directory-builder.ts';
import type { EntryStat } from './entry-stat.ts';
import { pathBytes } from './file-path.ts';
import type { OpenDirectory } from './open-directory.ts';
import type { JobBatch } from './walker-messages.ts';

/** One name of a file. */
export type AwaitedFile = {
  readonly directory: OpenDirectory;
  readonly slot: Slot;
  readonly name: string;
  readonly path: string;
  readonly stat: EntryStat;
  readonly attributes: readonly ExtendedAttribute[];
  /** By the clock, before it was looked at. */
  readonly sinceMs: number;
};

/** What goes to an archiver at once: enough to make the crossing cheap, and little enough that all end together. */
const filesPerBatch = 64;
const bytesPerBatch = 8 * 1024 * 1024;

type Linked = { result: ArchivedFile | undefined; seen: number; readonly job: number };

/** Files with several names that are remembered at once; names of others are read again, which costs time only. */
const linkedMax = 100_000;

export class FileJobs {
  readonly #awaited = new Map<number, AwaitedFile[]>();
  readonly #linked = new Map<string, Linked>();
  #jobs: FileJob[] = [];
  #nextId = 0;

  /** The result when another name of the file has it already; else it comes with `settle`. */
  request(file: AwaitedFile): ArchivedFile | undefined {
    if (file.stat.nlink <= 1n) {
      this.#start(file);
      return undefined;
    }
    const key = `${file.stat.dev}:${file.stat.ino}:${file.stat.ctimeNs}`;
    const linked = this.#linked.get(key);
    if (linked === undefined) {
      const job = this.#start(file);
      if (this.#linked.size < linkedMax) this.#linked.set(key, { result: undefined, seen: 1, job });
      return undefined;
    }
    linked.seen += 1;
    if (BigInt(linked.seen) >= file.stat.nlink) this.#linked.delete(key);
    if (linked.result === undefined) this.#awaited.get(linked.job)!.push(file);
    return linked.result;
  }

  /** Every name that waited for this result. */
  settle(result: ArchivedFile): readonly AwaitedFile[] {
    const files = this.#awaited.get(result.id)!;
    this.#awaited.delete(result.id);
    const { dev, ino, nlink, ctimeNs } = files[0]!.stat;
    const linked = nlink > 1n ? this.#linked.get(`${dev}:${ino}:${ctimeNs}`) : undefined;
    if (linked?.job === result.id) linked.result = withOwnMemory(result);
    return files;
  }

  /** Jobs that were not given out yet. */
  take(): readonly JobBatch[] {
    const jobs = this.#jobs;
    this.#jobs = [];
    return inBatches(jobs).map((batch) => ({ files: encodeFileJobs(batch), count: batch.length }));
  }

  get waitingToStart(): number {
    return this.#jobs.length;
  }

  get outstanding(): number {
    return this.#awaited.size;
  }

  #start(file: AwaitedFile): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#awaited.set(id, [file]);
    this.#jobs.push({ id, path: pathBytes(file.path), sizeBytes: Number(file.stat.size) });
    return id;
  }
}

function inBatches(jobs: readonly FileJob[]): readonly FileJob[][] {
  const batches: FileJob[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const job of jobs) {
    if (bytes >= bytesPerBatch || batches.at(-1)!.length >= filesPerBatch) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(job);
    bytes += job.sizeBytes;
  }
  return batches;
}

/** Apart from the batch that it came with, which would be kept along. */
function withOwnMemory(result: ArchivedFile): ArchivedFile {
  return { ...result, fingerprints: Uint8Array.from(result.fingerprints) };
}

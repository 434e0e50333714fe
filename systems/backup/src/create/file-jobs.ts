// Files whose content archivers are reading. A file with several names is read once: further names wait for the first. Where that one turns
// out to lead to another file by now, or to none, the next of them is read: what holds of a name need not hold of the file.

import type { ExtendedAttribute } from '../format/tree-entry.ts';
import type { ArchivedFile } from '../packing/archiver-messages.ts';
import { FileJobBatch } from '../packing/file-batch.ts';
import type { Slot } from './directory-builder.ts';
import type { EntryStat } from './entry-stat.ts';
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

type Linked = { result: ArchivedFile | undefined; seen: number; job: number };

/** Files with several names that are remembered at once; names of others are read again, which costs time only. */
const linkedMax = 100_000;

export class FileJobs {
  readonly #awaited = new Map<number, AwaitedFile>();
  /** Further names of files that are awaited, by the job. */
  readonly #further = new Map<number, AwaitedFile[]>();
  readonly #linked = new Map<string, Linked>();
  readonly #batch = new FileJobBatch();
  #batches: JobBatch[] = [];
  #batched = 0;
  #nextId = 0;

  /** The result when another name of the file has it already; else it comes with `settle`. */
  request(file: AwaitedFile): ArchivedFile | undefined {
    if (file.stat.nlink <= 1n) {
      this.#start(file);
      return undefined;
    }
    const key = linkKey(file.stat);
    const linked = this.#linked.get(key);
    if (linked === undefined) {
      const job = this.#start(file);
      if (this.#linked.size < linkedMax) this.#linked.set(key, { result: undefined, seen: 1, job });
      return undefined;
    }
    linked.seen += 1;
    if (BigInt(linked.seen) >= file.stat.nlink) this.#linked.delete(key);
    if (linked.result === undefined) this.#further.getOrInsertComputed(linked.job, () => []).push(file);
    return linked.result;
  }

  /** Every name that this is the result of; others that waited for it go on waiting, for one of them. */
  settle(result: ArchivedFile): readonly AwaitedFile[] {
    const first = this.#awaited.get(result.id)!;
    this.#awaited.delete(result.id);
    if (first.stat.nlink <= 1n) return [first];
    const key = linkKey(first.stat);
    const linked = this.#linked.get(key);
    const further = this.#further.get(result.id) ?? [];
    this.#further.delete(result.id);
    if (!isOf(first.stat, result)) {
      const job = this.#startAnother(further);
      if (linked?.job === result.id) this.#relink(key, linked, job);
      return [first];
    }
    if (linked?.job === result.id) linked.result = withOwnMemory(result);
    return [first, ...further];
  }

  /** Jobs that were not given out yet. */
  take(): readonly JobBatch[] {
    this.#endBatch();
    const batches = this.#batches;
    this.#batches = [];
    this.#batched = 0;
    return batches;
  }

  get waitingToStart(): number {
    return this.#batched + this.#batch.count;
  }

  get outstanding(): number {
    return this.#awaited.size;
  }

  /** The job of the first of them, which the others wait for. */
  #startAnother([next, ...rest]: readonly AwaitedFile[]): number | undefined {
    if (next === undefined) return undefined;
    const job = this.#start(next);
    if (rest.length > 0) this.#further.set(job, rest);
    return job;
  }

  /** Without a job the next name that is met is read. */
  #relink(key: string, linked: Linked, job: number | undefined): void {
    if (job === undefined) this.#linked.delete(key);
    else linked.job = job;
  }

  #start(file: AwaitedFile): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#awaited.set(id, file);
    const { size, mtimeNs, ctimeNs } = file.stat;
    this.#batch.add(file.path, { id, sizeBytes: Number(size), mtimeNs, ctimeNs });
    if (this.#batch.count >= filesPerBatch || this.#batch.sizeBytes >= bytesPerBatch) this.#endBatch();
    return id;
  }

  #endBatch(): void {
    const { count, sizeBytes } = this.#batch;
    if (count === 0) return;
    this.#batches.push({ files: this.#batch.take(), count, sizeBytes });
    this.#batched += count;
  }
}

function linkKey({ dev, ino, ctimeNs }: EntryStat): string {
  return `${dev}:${ino}:${ctimeNs}`;
}

/** Whether what was read is the file that was looked at: its name may lead to another since, or to none. */
function isOf({ ino }: EntryStat, { stat }: ArchivedFile): boolean {
  return stat?.inode === ino;
}

/** Apart from the batch that it came with, which would be kept along. */
function withOwnMemory(result: ArchivedFile): ArchivedFile {
  return { ...result, fingerprints: Uint8Array.from(result.fingerprints) };
}

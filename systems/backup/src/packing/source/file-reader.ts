// Files in, chunks out: one file after the other through one chunker, for as many bytes as a turn may take.
//
// A file that changes while it is read (size, mtime or ctime differ afterwards) is read again, twice at most; then what was
// read last stands, and is reported as changed. No attempt reads beyond the size that the file had when it began, so one
// that grows as fast as it is read ends all the same.

import { type Chunker, pieceBytes } from '../../chunking/chunker.ts';
import type { ArchivedFile, FileJob, FileStatAfter } from '../archiver-messages.ts';
import { type ChunkSink, FingerprintList } from '../chunk-sink.ts';
import { type SeenFile, SourceFile, SourceProblem } from './source-file.ts';
import { ZeroChunks } from './zero-chunks.ts';

const attemptsMax = 3;

export class FileReader {
  readonly #chunker: Chunker;
  readonly #sink: ChunkSink;
  readonly #fingerprints = new FingerprintList();
  readonly #zeros: ZeroChunks;
  #waiting: FileJob[] = [];
  #next = 0;
  #current: Reading | undefined;
  #bytesRead = 0;

  constructor(chunker: Chunker, sink: ChunkSink) {
    this.#chunker = chunker;
    this.#sink = sink;
    this.#zeros = new ZeroChunks(chunker, sink);
  }

  add(jobs: readonly FileJob[]): void {
    this.#waiting = [...this.#waiting.slice(this.#next), ...jobs];
    this.#next = 0;
  }

  get isIdle(): boolean {
    return this.#current === undefined && this.#next === this.#waiting.length;
  }

  /** Since the last call. */
  takeBytesRead(): number {
    const bytes = this.#bytesRead;
    this.#bytesRead = 0;
    return bytes;
  }

  /** Reads at most about so many bytes, while `mayGoOn`; gives the files that were completed. */
  read(bytesMax: number, mayGoOn: () => boolean): readonly ArchivedFile[] {
    const done: ArchivedFile[] = [];
    const end = this.#bytesRead + bytesMax;
    while (this.#bytesRead < end && !this.isIdle && mayGoOn()) {
      const file = this.#step();
      if (file !== undefined) done.push(file);
    }
    return done;
  }

  /** Lets go of the file under way. */
  close(): void {
    this.#current?.file.close();
    this.#current = undefined;
  }

  /** One piece of one file: the whole of most. */
  #step(): ArchivedFile | undefined {
    const job = this.#current?.job ?? this.#waiting[this.#next]!;
    try {
      this.#current ??= this.#open(job);
      return this.#readPiece(this.#current);
    } catch (error) {
      if (!(error instanceof SourceProblem)) throw error;
      return this.#failed(job, error);
    }
  }

  #open(job: FileJob): Reading {
    this.#next += 1;
    const file = new SourceFile(job.path, seenSmall(job));
    const { sizeBytes, isSparse: sparse } = file;
    const reading = { job, file, attempt: 1, position: 0, sizeBytes, sparse };
    this.#begin(reading);
    return reading;
  }

  #begin(reading: Reading): void {
    reading.position = 0;
    reading.sizeBytes = reading.file.sizeBytes;
    this.#chunker.reset();
    this.#fingerprints.clear();
  }

  #readPiece(reading: Reading): ArchivedFile | undefined {
    if (reading.sparse) this.#skipZeros(reading);
    const left = reading.sizeBytes - reading.position;
    const bytes = left === 0 ? 0 : this.#fill(reading, Math.min(left, pieceBytes));
    const ended = bytes === 0 || bytes === left;
    for (let chunk = this.#chunker.next(ended); chunk !== undefined; chunk = this.#chunker.next(ended))
      this.#fingerprints.add(this.#sink.add(chunk));
    return ended ? this.#completed(reading) : undefined;
  }

  #fill(reading: Reading, bytesMax: number): number {
    const bytes = reading.file.read(this.#chunker.space().subarray(0, bytesMax), reading.position);
    this.#chunker.advance(bytes);
    reading.position += bytes;
    this.#bytesRead += bytes;
    return bytes;
  }

  /** Where the chunk under way began in a hole, all of it that is in the hole needs no reading. */
  #skipZeros(reading: Reading): void {
    const pending = this.#chunker.pendingBytes;
    const start = reading.position - pending;
    const skipped = this.#zeros.skip(reading.file.holeBytes(start, reading.sizeBytes));
    if (skipped === undefined) return;
    for (let count = 0; count < skipped.count; count += 1) this.#fingerprints.add(skipped.fingerprint);
    this.#chunker.reset();
    reading.position = start + skipped.bytes;
    this.#bytesRead += skipped.bytes - pending;
  }

  /** `undefined` when it is read again. */
  #completed(reading: Reading): ArchivedFile | undefined {
    const { job, file, position } = reading;
    const changed = file.hasChanged();
    if (changed && reading.attempt < attemptsMax) {
      reading.attempt += 1;
      this.#begin(reading);
      return undefined;
    }
    this.close();
    return {
      id: job.id,
      sizeBytes: position,
      fingerprints: this.#fingerprints.take(),
      outcome: changed ? 'changed' : 'stored',
      stat: statAfter(file),
    };
  }

  #failed(job: FileJob, problem: SourceProblem): ArchivedFile {
    this.close();
    this.#fingerprints.clear();
    const { outcome, message } = problem;
    return { id: job.id, sizeBytes: 0, fingerprints: new Uint8Array(0), outcome, problem: message };
  }
}

type Reading = {
  readonly job: FileJob;
  readonly file: SourceFile;
  readonly sparse: boolean;
  attempt: number;
  position: number;
  /** When this attempt began. */
  sizeBytes: number;
};

/** What was seen of a file that one piece holds; a larger one is looked at first, as it may have holes. */
function seenSmall({ sizeBytes, mtimeNs = 0n, ctimeNs = 0n }: FileJob): SeenFile | undefined {
  if (ctimeNs === 0n || sizeBytes > pieceBytes) return undefined;
  return { size: BigInt(sizeBytes), mtimeNs, ctimeNs };
}

function statAfter(file: SourceFile): FileStatAfter {
  const stat = file.stat!;
  return {
    sizeBytes: stat.size,
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    inode: stat.ino,
    blocks: stat.blocks,
  };
}

// Files to be read, and what became of them, as they cross between threads: many in one run of bytes. A structured clone of
// an object with two arrays costs several microseconds and as many allocations on both sides, which for small files is more than
// reading them does; the main thread passes these on as they are.
//
//   job     id u32, path bytes u32, size f64, mtime and ctime i64 (ns; zero where nobody looked), path
//   result  id u32, outcome u8, flags u8 (1 stat, 2 problem), zero u16, size f64, fingerprint bytes u32, problem bytes u32,
//           stat (5 x 64 bits, zero where there is none), fingerprints, problem in UTF-8
//
// Both sides are one program: there is no version.

import type { ArchivedFile, FileJob } from './archiver-messages.ts';

const jobHeadBytes = 32;
const resultHeadBytes = 64;
const hasStat = 1;
const hasProblem = 2;
const outcomes = ['stored', 'changed', 'vanished', 'unreadable'] as const satisfies ArchivedFile['outcome'][];

export function encodeFileJobs(jobs: readonly FileJob[]): Uint8Array {
  const batch = new FileJobBatch();
  for (const { path, ...job } of jobs) batch.add(Buffer.from(path).toString('latin1'), job);
  return batch.take();
}

/** Collects jobs, without an object for each. */
export class FileJobBatch {
  #bytes = Buffer.allocUnsafeSlow(16 * 1024);
  #length = 0;
  count = 0;
  /** Of the files. */
  sizeBytes = 0;

  /** `path` has one byte per character. */
  add(path: string, { id, sizeBytes, mtimeNs = 0n, ctimeNs = 0n }: Omit<FileJob, 'path'>): void {
    const end = this.#length + jobHeadBytes + path.length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    bytes.writeUInt32BE(id, this.#length);
    bytes.writeUInt32BE(path.length, this.#length + 4);
    bytes.writeDoubleBE(sizeBytes, this.#length + 8);
    bytes.writeBigInt64BE(mtimeNs, this.#length + 16);
    bytes.writeBigInt64BE(ctimeNs, this.#length + 24);
    bytes.write(path, this.#length + jobHeadBytes, 'latin1');
    this.#length = end;
    this.count += 1;
    this.sizeBytes += sizeBytes;
  }

  /** The jobs in memory of their own; then the batch is empty. */
  take(): Uint8Array {
    const taken = Uint8Array.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    this.count = 0;
    this.sizeBytes = 0;
    return taken;
  }

  #grow(atLeast: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(atLeast, 2 * this.#bytes.length));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}

/** Paths are views of `bytes`. */
export function decodeFileJobs(bytes: Uint8Array): FileJob[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const jobs: FileJob[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + jobHeadBytes + view.getUint32(at + 4);
    const path = bytes.subarray(at + jobHeadBytes, end);
    jobs.push({
      id: view.getUint32(at),
      path,
      sizeBytes: view.getFloat64(at + 8),
      mtimeNs: view.getBigInt64(at + 16),
      ctimeNs: view.getBigInt64(at + 24),
    });
    at = end;
  }
  return jobs;
}

export function encodeArchivedFiles(files: readonly ArchivedFile[]): Uint8Array {
  const problems = files.map(({ problem }) => (problem === undefined ? undefined : Buffer.from(problem)));
  let length = 0;
  for (const [index, { fingerprints }] of files.entries()) {
    length += resultHeadBytes + fingerprints.length + (problems[index]?.length ?? 0);
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, file] of files.entries())
    at = writeResult(bytes, view, at, { file, problem: problems[index] });
  return bytes;
}

/** Fingerprints are views of `bytes`. */
export function decodeArchivedFiles(bytes: Uint8Array): ArchivedFile[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const files: ArchivedFile[] = [];
  for (let at = 0; at < bytes.length; ) {
    const fingerprintsEnd = at + resultHeadBytes + view.getUint32(at + 16);
    const end = fingerprintsEnd + view.getUint32(at + 20);
    const flags = view.getUint8(at + 5);
    files.push({
      id: view.getUint32(at),
      outcome: outcomes[view.getUint8(at + 4)]!,
      sizeBytes: view.getFloat64(at + 8),
      fingerprints: bytes.subarray(at + resultHeadBytes, fingerprintsEnd),
      ...((flags & hasStat) === 0 ? {} : { stat: readStat(view, at + 24) }),
      ...((flags & hasProblem) === 0
        ? {}
        : { problem: Buffer.from(bytes.subarray(fingerprintsEnd, end)).toString() }),
    });
    at = end;
  }
  return files;
}

function writeResult(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  { file, problem }: { file: ArchivedFile; problem: Uint8Array | undefined },
): number {
  const { id, outcome, sizeBytes, fingerprints, stat } = file;
  view.setUint32(at, id);
  view.setUint8(at + 4, outcomes.indexOf(outcome));
  view.setUint8(at + 5, (stat === undefined ? 0 : hasStat) | (problem === undefined ? 0 : hasProblem));
  view.setFloat64(at + 8, sizeBytes);
  view.setUint32(at + 16, fingerprints.length);
  view.setUint32(at + 20, problem?.length ?? 0);
  if (stat !== undefined) writeStat(view, at + 24, stat);
  bytes.set(fingerprints, at + resultHeadBytes);
  const fingerprintsEnd = at + resultHeadBytes + fingerprints.length;
  if (problem !== undefined) bytes.set(problem, fingerprintsEnd);
  return fingerprintsEnd + (problem?.length ?? 0);
}

function writeStat(view: DataView, at: number, stat: NonNullable<ArchivedFile['stat']>): void {
  view.setBigInt64(at, stat.sizeBytes);
  view.setBigInt64(at + 8, stat.mtimeNs);
  view.setBigInt64(at + 16, stat.ctimeNs);
  view.setBigUint64(at + 24, stat.inode);
  view.setBigInt64(at + 32, stat.blocks);
}

function readStat(view: DataView, at: number): NonNullable<ArchivedFile['stat']> {
  return {
    sizeBytes: view.getBigInt64(at),
    mtimeNs: view.getBigInt64(at + 8),
    ctimeNs: view.getBigInt64(at + 16),
    inode: view.getBigUint64(at + 24),
    blocks: view.getBigInt64(at + 32),
  };
}

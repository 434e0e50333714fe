// A regular file of the user, opened to be read from front to end: synchronously, in a worker.
//
// Whatever was put in its place since its directory was read must not hang or mislead: a FIFO does not block (O_NONBLOCK), a
// symlink is not followed, a terminal is not taken over, and what is no regular file is refused. Reading leaves the access
// time alone where that is allowed: only the owner and root may ask for it.

import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errnoOf, libc } from '../../filesystem/libc.ts';

const baseFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const noAccessTime = constants.O_NOATIME ?? 0;
/** After a refusal so many files are opened without asking: where most belong to others, a refusal for each costs more. */
const filesWithoutAsking = 64;

let withoutAsking = 0;

/** Why a file could not be read. */
export class SourceProblem extends Error {
  readonly outcome: 'vanished' | 'unreadable';

  constructor(outcome: 'vanished' | 'unreadable', problem: string, cause?: unknown) {
    super(problem, { cause });
    this.name = 'SourceProblem';
    this.outcome = outcome;
  }
}

/** What is known of a file before it is opened. */
export type SeenFile = { readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint };

export class SourceFile {
  readonly descriptor: number;
  /** As it was seen, as it was when it was opened, or looked at again. */
  #before: SeenFile;
  #stat: BigIntStats | undefined;

  /** With `seen`, it is looked at when it was read, not before. Throws a `SourceProblem`. */
  constructor(path: Uint8Array, seen?: SeenFile) {
    this.descriptor = open(path);
    try {
      this.#before = seen ?? this.#look();
    } catch (error) {
      closeSync(this.descriptor);
      throw problemOf(error);
    }
  }

  /** As it was looked at last; undefined before that. */
  get stat(): BigIntStats | undefined {
    return this.#stat;
  }

  get sizeBytes(): number {
    return Number(this.#before.size);
  }

  /** Whether size, mtime or ctime are others than before, or when last asked. Throws a `SourceProblem`. */
  hasChanged(): boolean {
    const before = this.#before;
    const after = this.#look();
    this.#before = after;
    return before.size !== after.size || before.mtimeNs !== after.mtimeNs || before.ctimeNs !== after.ctimeNs;
  }

  /** Bytes read from `position` on; 0 at the end. Throws a `SourceProblem`. */
  read(target: Uint8Array, position: number): number {
    try {
      return readSync(this.descriptor, target, 0, target.length, position);
    } catch (error) {
      throw problemOf(error);
    }
  }

  /** Fewer blocks than its size has: there may be holes. */
  get isSparse(): boolean {
    return this.#stat !== undefined && this.#stat.blocks * blockBytes < this.#stat.size;
  }

  /** Bytes from `position` on that lie in a hole, and so are zero; 0 where there is data, or nobody can tell. */
  holeBytes(position: number, sizeBytes: number): number {
    return Math.max(0, Math.min(holeEnd(this.descriptor, position), sizeBytes) - position);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  #look(): BigIntStats {
    try {
      this.#stat = fstatSync(this.descriptor, { bigint: true });
    } catch (error) {
      throw problemOf(error);
    }
    if (!this.#stat.isFile()) throw new SourceProblem('unreadable', 'it is no regular file any more');
    return this.#stat;
  }
}

function open(path: Uint8Array): number {
  const name = Buffer.isBuffer(path) ? path : Buffer.from(path.buffer, path.byteOffset, path.byteLength);
  try {
    return withoutAsking > 0 ? openWithoutAsking(name) : openSync(name, baseFlags | noAccessTime);
  } catch (error) {
    if (codeOf(error) !== 'EPERM' || noAccessTime === 0) throw problemOf(error);
  }
  withoutAsking = filesWithoutAsking;
  try {
    return openSync(name, baseFlags);
  } catch (error) {
    throw problemOf(error);
  }
}

function openWithoutAsking(name: Buffer): number {
  withoutAsking -= 1;
  return openSync(name, baseFlags);
}

const blockBytes = 512n;
/** Of lseek on Linux: the next place from here that is not in a hole. */
const seekData = 3;

/** `position` itself where there is data, or nobody can tell. */
function holeEnd(descriptor: number, position: number): number {
  const found = libc()?.functions.lseek(descriptor, BigInt(position), seekData) ?? BigInt(position);
  if (found >= 0n) return Number(found);
  // No data follows: a hole to the end of the file, as it is now. It may have been cut short since it was opened.
  return libc()?.errno() === errnoOf.ENXIO ? fstatSync(descriptor).size : position;
}

const vanishedCodes: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'ESTALE'];
/** What O_NOFOLLOW says of a symlink, and opening says of a socket and of a device without a driver. */
const replacedCodes: readonly (string | undefined)[] = ['ELOOP', 'EMLINK', 'ENXIO', 'ENODEV'];

function problemOf(error: unknown): SourceProblem {
  if (error instanceof SourceProblem) return error;
  const code = codeOf(error);
  // What the system says has no place in its message but the path, which the report has anyway.
  const problem =
    error instanceof Error ? error.message.replace(/, (open|read|fstat)\b.*$/s, '') : String(error);
  if (vanishedCodes.includes(code)) return new SourceProblem('vanished', problem, error);
  if (replacedCodes.includes(code))
    return new SourceProblem('unreadable', `${code}: it is no regular file any more`, error);
  return new SourceProblem('unreadable', problem, error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

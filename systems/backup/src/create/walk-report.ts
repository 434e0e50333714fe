// What the walk has to say since its last answer: problems, and counts for the progress.

import { pathBytes } from './file-path.ts';
import type { WalkProblem, WalkProgress } from './walker-messages.ts';

type Counts = Omit<WalkProgress, 'current'>;

export class WalkReport {
  #problems: WalkProblem[] = [];
  #counts = noCounts();
  #current = '';

  /** `path` has one byte per character. */
  problem(kind: WalkProblem['kind'], path: string, problem: string): void {
    this.#problems.push({ kind, path: pathBytes(path), problem });
  }

  /** A call of the system failed. */
  failure(path: string, error: unknown): void {
    const { code, message } = error as NodeJS.ErrnoException;
    this.problem(code === 'ENOENT' ? 'vanished' : 'unreadable', path, message);
  }

  count(what: keyof Counts, by = 1): void {
    this.#counts[what] += by;
  }

  at(path: string): void {
    this.#current = path;
  }

  take(): { problems: readonly WalkProblem[]; progress: WalkProgress } {
    const taken = { problems: this.#problems, progress: { ...this.#counts, current: this.#current } };
    this.#problems = [];
    this.#counts = noCounts();
    return taken;
  }
}

/** Counts of a walk, to be counted up. */
export type WalkCounts = { -readonly [What in keyof Counts]: number };

export function noCounts(): WalkCounts {
  return {
    files: 0,
    directories: 0,
    bytes: 0,
    filesDone: 0,
    bytesDone: 0,
    filesNew: 0,
    filesChanged: 0,
    filesUnmodified: 0,
  };
}

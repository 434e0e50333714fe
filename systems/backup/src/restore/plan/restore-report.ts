// What a restore has done so far, and what went wrong: counted, and named as far as memory goes.

import { pathText } from '../../manifest/path-text.ts';
import {
  problemsMax,
  type RestoreProblem,
  type RestoreProgress,
  type RestoreResult,
} from '../restore-options.ts';
import type { Notice } from '../worker/restore-messages.ts';

type Counts = { -readonly [Name in keyof RestoreProgress]: number };
type NoticeKind = Notice['kind'] | 'links';
type Seen = { count: number; readonly first: string; readonly detail: string };

const notices = {
  owner: 'owners could not be set, which only root may; setuid and setgid are left off there',
  attributes:
    'extended attributes could not be set: the file system has none of the kind or of the size, or only root may',
  mode: 'modes could not be set: the file system has none, or not these',
  time: 'times could not be set',
  links: 'hard links could not be made; each has a file of its own',
} as const satisfies Record<NoticeKind, string>;

export class RestoreReport {
  readonly counts: Counts = {
    files: 0,
    directories: 0,
    bytes: 0,
    filesKept: 0,
    filesDeleted: 0,
    problems: 0,
  };
  readonly #named: RestoreProblem[] = [];
  readonly #notices = new Map<NoticeKind, Seen>();

  problem(path: Uint8Array, problem: string): void {
    this.counts.problems += 1;
    if (this.#named.length < problemsMax) this.#named.push({ path, problem });
  }

  notice(kind: NoticeKind, path: Uint8Array, detail: string): void {
    const seen = this.#notices.get(kind);
    if (seen === undefined) this.#notices.set(kind, { count: 1, first: pathText(path), detail });
    else seen.count += 1;
  }

  result(): RestoreResult {
    const warnings = Array.from(
      this.#notices,
      ([kind, { count, first, detail }]) => `${notices[kind]}: ${count}, the first ${first} (${detail})`,
    );
    return { ...this.counts, named: this.#named, warnings };
  }
}

// What a verification finds, and which files of which snapshots it hurts.

import type { RepositoryStatus } from './verify-progress.ts';

export type Finding = {
  /**
   * Damage: something that was acknowledged, or is needed to read it, is not what was written. Notice: left by a crash or by
   * work that is still under way; `gc` cleans it.
   */
  readonly severity: 'damage' | 'notice';
  /** The name of the object (`packs/ab/ab12...`, `snapshots/...`), or `chunk <fingerprint>` where no object is known. */
  readonly object: string;
  readonly problem: string;
  /** What cannot be restored as it was, because of this. */
  readonly hurt?: readonly HurtFile[];
};

export type HurtFile = {
  readonly snapshot: string;
  /** As `manifest/path-text.ts` writes it. A directory that cannot be read ends with `/`: all below it is hurt. */
  readonly path: string;
};

export type VerifyReport = RepositoryStatus & {
  readonly findings: readonly Finding[];
  /** Whether there is any finding of severity `damage`. */
  readonly damaged: boolean;
};

export function damage(object: string, problem: string, hurt?: readonly HurtFile[]): Finding {
  return { severity: 'damage', object, problem, ...(hurt === undefined ? {} : { hurt }) };
}

export function notice(object: string, problem: string): Finding {
  return { severity: 'notice', object, problem };
}

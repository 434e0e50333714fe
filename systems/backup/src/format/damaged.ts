// The two ways in which bytes of a repository cannot be read: hurt, or written by a newer version. Both name the object.

import { BackupError } from '../errors.ts';

/** `object` as it is called in the repository ("index/ab12..."), `problem` with its place where there is one. */
export function damaged(object: string, problem: string, cause?: unknown): BackupError {
  return new BackupError('damaged', { attempted: `read ${object}`, detail: problem, cause });
}

/** The cause of a `damaged` that may be none: a rotation brought the key after the keyring was read. */
export class MissingKey extends Error {}

/** For what is authentic and well formed as far as it is understood, but says something this version does not know. */
export function unknownFormat(object: string, problem: string): BackupError {
  return new BackupError('unknown-format', { attempted: `read ${object}`, detail: problem });
}

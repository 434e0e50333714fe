// A mount of a test's own, such as a small file system that runs full, in a namespace of its own: no rights are needed where
// the machine lets users make them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from './find-program.ts';

/** `unshare` with these arguments, then a command, runs it as root of a namespace in which it may mount. */
export const userNamespace = ['--user', '--map-root-user', '--mount'] as const;

/** Why a test that mounts has to be skipped; false when it can run. */
export async function withoutUserNamespaces(): Promise<string | false> {
  const unshare = findProgram('unshare');
  if (unshare === undefined) return 'unshare is not installed';
  return promisify(execFile)(unshare, [...userNamespace, 'true']).then(
    () => false as const,
    () => 'this machine lets users make no namespaces',
  );
}

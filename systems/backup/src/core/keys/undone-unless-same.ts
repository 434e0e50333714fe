// What goes past `objects` and sessions into a repository is looked after behind its put: by then another one may lie there.

import { BackupError } from '../../errors.ts';
import type { Repository } from '../repository.ts';

/** Takes away what was put when another repository lies there, and throws `repository-replaced`. */
export async function undoneUnlessSame(
  { identity }: Repository,
  attempted: string,
  undo: () => Promise<void>,
): Promise<void> {
  try {
    await identity.check(attempted);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'repository-replaced') await undo();
    throw error;
  }
}

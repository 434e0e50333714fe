// A backup, from the paths to the commit (DESIGN.md, "Create").

import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import type { CreateOptions, CreateResult } from './create-options.ts';

/** Stores the tree as a snapshot. Problems with single files are in the result. */
export async function createSnapshot(_repository: Repository, options: CreateOptions): Promise<CreateResult> {
  throw new BackupError('source', { attempted: `back up ${options.paths.length} paths` });
}

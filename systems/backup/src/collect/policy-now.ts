// What time it is to a forget policy. A client whose clock is a year ahead makes a snapshot of next year, and would count `--keep-within 90d`
// from there: all that was ever kept is forgotten, and the next gc takes it.

import type { Repository } from '../core/repository.ts';
import { listObjects } from '../core/store/list-all.ts';

/** A client's clock may differ from the store's by this without a difference to the policy. */
const slackMs = 60 * 60_000;

/**
 * For `applyForgetPolicy`: the client's clock, but no later than the store says that the last snapshot was committed, since no snapshot is
 * younger than that. Of a folder on the client's own disk both are one clock. Throws `store`.
 */
export async function policyNowMs({ blobs, world }: Pick<Repository, 'blobs' | 'world'>): Promise<number> {
  const committed = (await listObjects(blobs, 'snapshots')).map(({ modifiedMs }) => modifiedMs);
  return Math.min(world.clock.nowMs(), Math.max(0, ...committed) + slackMs);
}

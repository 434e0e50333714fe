// How many keys were registered for each pack, and how many it can hold: what the index keeps of a pack, in memory and in its logs, stays
// within a multiple of what the pack takes of the quota, whoever registers it and how often.
//
// The service cannot open a footer, so which chunks a pack holds it has to be told; that there are no more than fit, it sees.

import { BackupError } from '../../errors.ts';
import { keyBytes } from '../index/fingerprint-map.ts';
import type { Keys } from '../index/index-shard.ts';

/** Header, tag of the footer, trailer (DESIGN.md, "Pack"). */
const packOverheadBytes = 48 + 16 + 16;
/** A byte of content with its tag, and its entry: fingerprint and two varints. */
const chunkBytesMin = 1 + 16 + 32 + 1 + 1;
/** A registration is repeated where no answer came, and by the next writer where its writer died before it named the pack. */
const registrationsMax = 16;

export class RegisteredKeys {
  /** Since the service has the repository open. */
  readonly #counts = new Map<string, number>();

  /** Before they are registered. Throws `invalid-argument` for more than the pack can hold, or too often. */
  count(pack: { readonly id: string; readonly sizeBytes: number }, keys: Keys): void {
    const most = Math.max(0, Math.floor((pack.sizeBytes - packOverheadBytes) / chunkBytesMin));
    const count = keys.length / keyBytes;
    const all = (this.#counts.get(pack.id) ?? 0) + count;
    if (count <= most && all <= most * registrationsMax) {
      this.#counts.set(pack.id, all);
      return;
    }
    const detail = `${all} keys, and its ${pack.sizeBytes} bytes hold ${most} chunks at most`;
    throw new BackupError('invalid-argument', { attempted: `register the pack ${pack.id}`, detail });
  }

  forget(packId: string): void {
    this.#counts.delete(packId);
  }
}

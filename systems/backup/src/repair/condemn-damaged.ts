// The packs that a repair found damaged, condemned by it and decided by it (DESIGN.md, R2 and R3).
//
// Condemned before W2, so that a collector which meets the copies that the repair is about to rely on or make counts none in a damaged
// pack: else it could delete the copy as one too many, while the entries of the damaged pack are on their way out of the index. The
// verdict needs no waits, since what could be read of the packs is durable elsewhere when it is put. From then on they are
// dead for good: an index object that brings their entries back makes nobody rely on them, and the next `gc` takes both away.

import { Condemnations } from '../collect/condemnations.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';

const idBytes = 16;

export class DamagedPacks {
  readonly #condemnations: Condemnations;
  readonly #packs: readonly string[];
  readonly #id: string;

  constructor(repository: Repository, packs: Iterable<string>) {
    this.#condemnations = new Condemnations(repository);
    this.#packs = [...packs].toSorted();
    this.#id = repository.world.random.bytes(idBytes).toString('hex');
  }

  /** Between W1 and W2 of the session: as long as that is at work, no collector decides about them. */
  async condemn(session: string): Promise<void> {
    if (this.#packs.length > 0) await this.#condemnations.put(this.#id, { session, packs: this.#packs });
  }

  /**
   * When all that is readable of them is durable and indexed elsewhere. Throws `fenced` when a collector took the session for dead and
   * decided otherwise: then they are free again, and what was stored anew may be gone.
   */
  async decide(): Promise<void> {
    if (this.#packs.length === 0) return;
    const dead = new Set(await this.#condemnations.decide(this.#id, this.#packs));
    if (this.#packs.every((id) => dead.has(id))) return;
    const detail = 'a collector has decided about the damaged packs meanwhile: begin again';
    throw new BackupError('fenced', { attempted: 'repair', detail });
  }
}

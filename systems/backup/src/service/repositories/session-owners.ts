// Who began which session: what lets a caller that may only append rewrite a heartbeat and commit, of its own sessions and no
// others. Kept on disk, so that a restart of the service ends no backup.
//
// An owner is forgotten when it deletes its session, and 30 days after it began it: a session that `gc` deleted behind a fence
// may still have to be told from a foreign one (DESIGN.md, W4).

import type { World } from '@cairn/world';
import { z } from 'zod';
import { tombstoneMs } from '../../limits.ts';
import { DurableDocument, type OnDamage } from '../index/durable-document.ts';

const ownerSchema = z.strictObject({ arn: z.string(), beganMs: z.number() });
type Owner = z.output<typeof ownerSchema>;

export class SessionOwners {
  readonly #world: World;
  readonly #directory: string;
  readonly #owners: Map<string, Owner>;

  private constructor(world: World, directory: string, owners: Map<string, Owner>) {
    this.#world = world;
    this.#directory = directory;
    this.#owners = owners;
  }

  /** Of a session whose document is damaged nobody is the owner: who may only append begins another. */
  static async open(world: World, directory: string, onDamage: OnDamage): Promise<SessionOwners> {
    const owners = new SessionOwners(world, directory, new Map());
    for (const file of await world.disk.list(directory)) {
      if (!/^[0-9a-f]{32}$/.test(file)) continue;
      const owner = await owners.#document(file).readOrRemove(onDamage);
      if (owner === undefined) continue;
      if (owner.beganMs < world.clock.nowMs() - tombstoneMs) await world.disk.remove(`${directory}/${file}`);
      else owners.#owners.set(file, owner);
    }
    return owners;
  }

  owns(sessionId: string, arn: string): boolean {
    return this.#owners.get(sessionId)?.arn === arn;
  }

  /** Whether it has an owner, whoever that is. */
  isKnown(sessionId: string): boolean {
    return this.#owners.has(sessionId);
  }

  /** Before the session is put: durable when it resolves. The first to begin it is the owner; false when there was one. */
  async begin(sessionId: string, arn: string): Promise<boolean> {
    if (this.#owners.has(sessionId)) return false;
    const owner = { arn, beganMs: this.#world.clock.nowMs() };
    this.#owners.set(sessionId, owner);
    await this.#document(sessionId).write(owner);
    return true;
  }

  async end(sessionId: string): Promise<void> {
    if (this.#owners.delete(sessionId)) await this.#world.disk.remove(`${this.#directory}/${sessionId}`);
  }

  #document(sessionId: string): DurableDocument<Owner> {
    return new DurableDocument({
      world: this.#world,
      directory: this.#directory,
      file: sessionId,
      schema: ownerSchema,
    });
  }
}

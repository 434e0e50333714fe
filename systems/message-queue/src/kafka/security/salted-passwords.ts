// Salted passwords of SCRAM. Each costs thousands of hashes, so those of keys that logged in lately are remembered, and
// they are made on another thread.
//
// The salt of a name follows from the cluster and the name: it is the same at each login, as a client may expect, it is
// there for names that nobody has, so that who asks does not learn which there are, and nothing has to be stored.

import { createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { scramIterations } from '../../limits.ts';
import { type ScramMechanism, scramHashes } from './scram.ts';

const derive = promisify(pbkdf2);
const rememberedMax = 1_000;

export class SaltedPasswords {
  readonly #clusterId: string;
  readonly #remembered = new Map<string, Promise<Buffer>>();

  constructor({ clusterId }: { readonly clusterId: string }) {
    this.#clusterId = clusterId;
  }

  saltOf(mechanism: ScramMechanism, user: string): Buffer {
    return createHmac('sha256', this.#clusterId).update(`${mechanism} ${user}`).digest().subarray(0, 16);
  }

  /** Of a secret that was found under a name. */
  of(mechanism: ScramMechanism, { user, secret }: { user: string; secret: string }): Promise<Buffer> {
    const key = `${mechanism} ${user} ${secret}`;
    const found = this.#remembered.get(key);
    if (found !== undefined) return found;
    const { name, bytes } = scramHashes[mechanism];
    const made = derive(secret, this.saltOf(mechanism, user), scramIterations, bytes, name);
    if (this.#remembered.size >= rememberedMax)
      this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(key, made);
    return made;
  }
}

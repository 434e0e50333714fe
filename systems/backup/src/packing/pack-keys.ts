// The keys of packs: derived from an epoch's key and the salt in each pack's header (DESIGN.md, "Pack").

import { damaged } from '../format/damaged.ts';
import type { Keyring } from '../format/repository-config.ts';
import { deriveKey } from '../keys/derive-key.ts';

/** Enough for the packs that a restore or a verification reads beside each other. */
const keysKept = 256;

/** Derives a pack's key once, while it is among the last that were asked for. */
export class PackKeys {
  readonly #epochs: Keyring['epochs'];
  readonly #keys = new Map<string, Uint8Array>();
  /** Of the call before: most chunks come one after another from one pack, whose salt is then the same object. */
  #last: { readonly epoch: number; readonly salt: Uint8Array; readonly key: Uint8Array } | undefined;

  constructor(keyring: Pick<Keyring, 'epochs'>) {
    this.#epochs = keyring.epochs;
  }

  /** `object` names the pack in the error: `damaged` when the keyring has no such epoch. */
  keyOf(pack: { readonly epoch: number; readonly salt: Uint8Array }, object: string): Uint8Array {
    const { epoch, salt } = pack;
    if (this.#last?.salt === salt && this.#last.epoch === epoch) return this.#last.key;
    const key = this.#find(pack, object);
    this.#last = { epoch, salt, key };
    return key;
  }

  #find(pack: { readonly epoch: number; readonly salt: Uint8Array }, object: string): Uint8Array {
    const name = `${pack.epoch} ${Buffer.from(pack.salt).toString('latin1')}`;
    const existing = this.#keys.get(name);
    if (existing !== undefined) return existing;
    const epochKey = this.#epochs.get(pack.epoch);
    if (epochKey === undefined)
      throw damaged(object, `it is sealed under epoch ${pack.epoch}, which has no key`);
    const key = deriveKey({ key: epochKey, salt: pack.salt, purpose: 'pack' });
    if (this.#keys.size >= keysKept) this.#keys.delete(this.#keys.keys().next().value!);
    this.#keys.set(name, key);
    return key;
  }
}

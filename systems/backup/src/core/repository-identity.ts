// Whether the store still holds the repository that was opened. One that is removed and made anew under the same name has other keys: what a
// writer at work would go on to put there nobody could open, and its collectors would have to stop at it.
//
// `config` is put once and never changed, so its bytes (a fresh salt among them) are the repository's identity. One that is hurt meanwhile is told
// from another one by its second copy.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { configName, copyName } from '../format/object-names.ts';
import { readWhole } from './store/read-whole.ts';
import { isDamage } from './store/store-error.ts';

export class RepositoryIdentity {
  readonly #blobs: Blobs;
  readonly #world: World;
  readonly #sealedConfig: Uint8Array;

  /** `sealedConfig` as it was read when the repository was opened. */
  constructor(parts: {
    readonly blobs: Blobs;
    readonly world: World;
    readonly sealedConfig: Uint8Array;
  }) {
    this.#blobs = parts.blobs;
    this.#world = parts.world;
    this.#sealedConfig = parts.sealedConfig;
  }

  /** Throws `repository-replaced` when another repository lies there, or none; `store`. */
  async check(attempted: string): Promise<void> {
    const found = await this.#compare(configName);
    if (found === 'same' || (await this.#compare(copyName(configName))) === 'same') return;
    const detail =
      found === 'missing'
        ? `its ${configName} is gone`
        : `its ${configName} is not the one that it was opened with`;
    throw new BackupError('repository-replaced', { attempted, detail });
  }

  async #compare(name: string): Promise<'same' | 'another' | 'missing'> {
    try {
      const found = await readWhole({ blobs: this.#blobs, world: this.#world, name });
      if (found === undefined) return 'missing';
      return Buffer.compare(found, this.#sealedConfig) === 0 ? 'same' : 'another';
    } catch (error) {
      if (!isDamage(error)) throw error;
      return 'another';
    }
  }
}

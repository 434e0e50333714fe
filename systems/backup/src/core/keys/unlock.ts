// From a password to the keyring: the key files are tried, newest first, until one opens whose root key opens the highest version of the keyring, and
// else the highest that any opens.
//
// A rotation that was cut off leaves a key file whose root key opens nothing, or one whose keyring was deleted; the next
// that the password opens is then the right one. So it is where the put of an older key file took effect after a rotation had deleted it. Where a version of the keyring does not open, its second copy is tried.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../../errors.ts';
import { damaged } from '../../format/damaged.ts';
import { keyringName, keyringVersionName, objectName } from '../../format/object-names.ts';
import type { KeyFileRecord } from '../../format/records/key-file.ts';
import type { Keyring } from '../../format/repository-config.ts';
import { type OpenedKeyFile, openKeyFile } from '../../keys/key-file.ts';
import { openKeyring } from '../../keys/sealed-parameters.ts';
import type { StretchPassword } from '../../keys/stretch-password.ts';
import { isDamage } from '../store/store-error.ts';
import { listKeyFiles, readKeyFile } from './key-files.ts';
import { listKeyringVersions } from './keyring-versions.ts';
import { readEither } from './read-either.ts';

export type UnlockOptions = {
  readonly blobs: Blobs;
  readonly world: World;
  readonly password: string;
  /** The key file to try first: each that does not open costs 140 ms. */
  readonly keyId?: string;
  readonly stretch?: StretchPassword;
};

export type Unlocked = {
  readonly keyId: string;
  readonly keyFile: KeyFileRecord;
  readonly rootKey: Uint8Array;
  readonly keyring: Keyring;
  readonly keyringVersion: number;
  /** The keyring as it lies in the store. */
  readonly sealedKeyring: Uint8Array;
};

type OpenedKeyring = Pick<Unlocked, 'keyring' | 'keyringVersion' | 'sealedKeyring'>;

/** Throws `no-repository` when there are no keys at all, `wrong-password`, `damaged`. */
export async function unlock(options: UnlockOptions): Promise<Unlocked> {
  const [files, versions] = await Promise.all([
    listKeyFiles(options.blobs),
    listKeyringVersions(options.blobs),
  ]);
  const ids = files.map(({ id }) => id);
  const ordered = ids.toSorted((a, b) => Number(b === options.keyId) - Number(a === options.keyId));
  if (ids.length === 0 && versions.length === 0) {
    throw new BackupError('no-repository', { attempted: 'open the repository' });
  }
  return new Unlocking(options, versions).tryAll(ordered);
}

class Unlocking {
  readonly #options: UnlockOptions;
  readonly #versions: readonly number[];
  /** Of key files and keyrings, in the order in which they were met. */
  readonly #damages: BackupError[] = [];
  #opened = false;
  #refused = false;

  constructor(options: UnlockOptions, versions: readonly number[]) {
    this.#options = options;
    this.#versions = versions;
  }

  async tryAll(keyIds: readonly string[]): Promise<Unlocked> {
    let best: Unlocked | undefined;
    for (const keyId of keyIds) {
      const key = await this.#openKey(keyId);
      const ring = key && (await this.#openKeyring(key.rootKey));
      if (key === undefined || ring === undefined) continue;
      if (best === undefined || ring.keyringVersion > best.keyringVersion)
        best = { keyId, keyFile: key.file, rootKey: key.rootKey, ...ring };
      if (best.keyringVersion === this.#versions[0]) return best;
    }
    if (best !== undefined) return best;
    throw this.#failure();
  }

  async #openKey(id: string): Promise<OpenedKeyFile | undefined> {
    try {
      const bytes = await readKeyFile(this.#options, id);
      if (bytes === undefined) return undefined; // removed since it was listed
      const object = objectName('keys', id);
      const opened = await openKeyFile(bytes, { ...this.#options, object });
      if (opened !== 'wrong-password') return opened;
      this.#refused = true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#damages.push(error);
    }
    return undefined;
  }

  async #openKeyring(rootKey: Uint8Array): Promise<OpenedKeyring | undefined> {
    this.#opened = true;
    for (const keyringVersion of this.#versions) {
      const name = keyringVersionName(keyringVersion);
      const open = (bytes: Buffer) => openKeyring(bytes, rootKey, keyringVersion);
      try {
        const read = await readEither(this.#options, name, open);
        if (read === undefined) continue; // gone since it was listed
        return { keyring: read.opened, keyringVersion, sealedKeyring: read.bytes };
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#damages.push(error);
      }
    }
    return undefined;
  }

  #failure(): BackupError {
    const attempted = 'open the repository';
    const [first] = this.#damages;
    if (this.#opened) return first ?? damaged(keyringName, 'it is not there');
    if (this.#refused) {
      const detail = first === undefined ? {} : { detail: `beside that ${first.message}` };
      return new BackupError('wrong-password', { attempted, ...detail });
    }
    return first ?? damaged('keys/', 'there is no key file');
  }
}

// The secrets of a repository, made and rotated. Randomness comes from the world.

import type { Random } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { epochHighest } from '../format/envelope-header.ts';
import type { Keyring } from '../format/repository-config.ts';

const keyBytes = 32;

export function createKeyring(random: Random): Keyring {
  return {
    epochs: new Map([[1, random.bytes(keyBytes)]]),
    current: 1,
    fingerprintKey: random.bytes(keyBytes),
    chunkerSecret: random.bytes(keyBytes),
  };
}

/**
 * A new epoch for all that is written from now on. The old ones stay, and so do the fingerprint key and the chunker secret:
 * with others nothing would deduplicate against what is there. Throws `invalid-argument` after 65,535 rotations.
 */
export function rotateKeyring(keyring: Keyring, random: Random): Keyring {
  const next = Math.max(...keyring.epochs.keys()) + 1;
  if (next > epochHighest) {
    throw new BackupError('invalid-argument', {
      attempted: 'rotate keys',
      detail: 'there are no epochs left',
    });
  }
  return {
    ...keyring,
    epochs: new Map([...keyring.epochs, [next, random.bytes(keyBytes)]]),
    current: next,
  };
}

/** For `openEnvelope` of what epoch keys seal. */
export function epochKeyOf(keyring: Keyring): (epoch: number) => Uint8Array | undefined {
  return (epoch) => keyring.epochs.get(epoch);
}

/** For `openEnvelope` of the keyring. */
export function rootKeyOf(rootKey: Uint8Array): (epoch: number) => Uint8Array | undefined {
  return (epoch) => (epoch === 0 ? rootKey : undefined);
}

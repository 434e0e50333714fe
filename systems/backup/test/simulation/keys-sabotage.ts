// Mistakes in how the objects that open a repository are put (DESIGN.md, "Keys" and "Second copies"), to prove that the simulation of keys would
// notice them.

import { copiedName, copyName, keyringVersionOf } from '../../src/format/object-names.ts';
import { changed } from './changed-blobs.ts';
import type { KeysSabotage } from './keys-scenario.ts';

/** The second copy of a keyring is put before the first, by whoever tries. */
export const copyFirst: KeysSabotage = (blobs) =>
  changed(blobs, {
    put: async (name, body, options) => {
      if (keyringVersionOf(name) !== undefined) await blobs.put(copyName(name), body);
      return blobs.put(name, body, options);
    },
  });

/** A rotation overwrites the version that another one has put. */
export const keyringOverwritten: KeysSabotage = (blobs) =>
  changed(blobs, {
    put: (name, body, options) =>
      blobs.put(name, body, keyringVersionOf(name) === undefined ? options : { ...options, ifAbsent: false }),
  });

/** A rotation takes its time, and then does not look for the copy of a version whose first is lost. */
export const copyUnseen: KeysSabotage = (blobs, { random, world }) =>
  changed(blobs, {
    head: async (name) => {
      if (copiedName(name) === undefined) return blobs.head(name);
      await world.clock.sleep(random.integer(3_600_000));
      return undefined;
    },
  });

/** A rotation that lost the keyring to another one goes on as if it had won. */
export const loserGoesOn: KeysSabotage = (blobs) =>
  changed(blobs, {
    put: async (name, body, options) => {
      const put = await blobs.put(name, body, options);
      return keyringVersionOf(name) === undefined ? put : 'stored';
    },
  });

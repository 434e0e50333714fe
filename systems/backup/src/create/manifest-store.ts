// Where directories are stored that do not lie in their parent, and which chunks a backup may rely on.

import type { ArchiverCounts } from '../packing/archiver-messages.ts';
import type { SealedPack } from '../packing/sealed-pack.ts';
import type { StoredDirectory } from './parent-directories.ts';

export type ManifestStore = {
  /** Whether every one of these chunks (n x 32 bytes from `start` to `end`) is stored. */
  knows(fingerprints: Uint8Array, start: number, end: number): boolean;
  /** Cuts the bytes like those of a file and stores what is not known. */
  store(bytes: Uint8Array): StoredDirectory;
  /** Packs that are full since the last call; all of them with `flush`. */
  takePacks(options: { readonly flush: boolean }): readonly SealedPack[];
  takeCounts(): ArchiverCounts;
};

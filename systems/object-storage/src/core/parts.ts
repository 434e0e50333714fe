// What the operations of the core are made from.

import type { World } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import type { MetadataSql } from '../metadata/store.ts';

export type CoreParts = {
  readonly world: World;
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  /** Tells the garbage worker that there is something to do. */
  readonly wakeGarbageWorker: () => void;
};

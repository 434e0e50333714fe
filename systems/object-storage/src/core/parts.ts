// What the operations of the core are made from.

import type { World } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import type { Holds } from '../data/holds.ts';
import type { MetadataSql } from '../metadata/store.ts';

export type CoreParts = {
  readonly world: World;
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  /** Bytes that every part but the last must have. */
  readonly partBytesMin: number;
  /** Completed uploads whose parts are being read: the garbage worker leaves them alone meanwhile. */
  readonly holds: Holds;
  /** Tells the garbage worker that there is something to do. */
  readonly wakeGarbageWorker: () => void;
};

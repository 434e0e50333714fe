// What the operations of the core are made from.

import type { Random, World } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import type { Holds } from '../data/holds.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { versionRandomBytes } from '../metadata/version-order.ts';
import type { Occasion } from '../metadata/versions.ts';
import type { BucketConfigurations } from './bucket-configurations.ts';
import type { MasterKeys } from './encryption/master-keys.ts';
import type { KnownObjects } from './known-objects.ts';
import type { MovingBlobs } from './moving-blobs.ts';
import type { Places } from './transition/places.ts';

export type CoreParts = {
  readonly world: World;
  readonly metadata: MetadataSql;
  readonly data: DataStore;
  /** Rows of current objects, remembered: it notes all writes of `metadata`. */
  readonly knownObjects: KnownObjects;
  /** What is set for buckets, remembered; whoever changes it forgets it here. */
  readonly configurations: BucketConfigurations;
  /** For keys: never handed out in pieces of something larger. */
  readonly secrets: Random;
  readonly masterKeys: MasterKeys;
  /** Bytes that every part but the last must have. */
  readonly partBytesMin: number;
  /** Completed uploads whose parts are being read: the garbage worker leaves them alone meanwhile. */
  readonly holds: Holds;
  readonly movingBlobs: MovingBlobs;
  /** Of storage classes that have one. */
  readonly places: Places;
  /** How long a day of lifecycle rules is, and of restored copies. */
  readonly dayMs: number;
  /** Nothing refers to this blob, and nothing ever will: it may be removed. */
  readonly discard: (blob: string) => void;
  /** Tells the garbage worker that there is something to do. */
  readonly wakeGarbageWorker: () => void;
  /** Tells the event worker likewise. */
  readonly wakeEventWorker: () => void;
};

/** What a new version, or the removal of one, needs to know: the time, and digits for its id. */
export function occasion({ world }: Pick<CoreParts, 'world'>): Occasion {
  return {
    nowMs: Math.floor(world.clock.nowMs()),
    random: world.random.bytes(versionRandomBytes).toString('hex'),
  };
}

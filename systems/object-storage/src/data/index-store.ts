// The data store's own tables: which blob lies where, what each segment still carries, and up to where the logs are
// indexed. Derived: all of it can be rebuilt from the segments, except for what was found damaged and how far the
// scrubber has come.

import { defineStore, type Sql } from '@cairn/engines';
import { count, listBlobIds, listBlobs, locateBlob, locateBlobs, newestBlob } from './index/blobs.ts';
import { indexBlobs, removeBlobs } from './index/changes.ts';
import { distrust, recountSegments, rewriteCounts } from './index/recount.ts';
import { countEmptySegment, forgetSegment, listSegments } from './index/segments.ts';
import {
  clearDamaged,
  listCheckpoints,
  listDamaged,
  markDamaged,
  readScrub,
  readWatermark,
  writeScrub,
  writeWatermark,
} from './index/state.ts';
import { migrations } from './index/tables.ts';

const indexStore = defineStore({
  module: import.meta.url,
  name: 'object-storage-blobs',
  migrations,
  reads: {
    locateBlob,
    locateBlobs,
    listBlobs,
    listBlobIds,
    newestBlob,
    count,
    listSegments,
    recountSegments,
    listCheckpoints,
    readWatermark,
    listDamaged,
    readScrub,
  },
  writes: {
    indexBlobs,
    removeBlobs,
    countEmptySegment,
    forgetSegment,
    rewriteCounts,
    distrust,
    writeWatermark,
    markDamaged,
    clearDamaged,
    writeScrub,
  },
});

export default indexStore;
export type IndexSql = Sql<typeof indexStore>;

// The metadata store: buckets, objects, uploads and what they leave behind, in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
import { createBucket, deleteBucket, findBucket, listBuckets } from './buckets.ts';
import { countEverything } from './counts.ts';
import { forgetGarbage, listGarbage } from './garbage.ts';
import { listObjects } from './listing.ts';
import { listUploads } from './listing-uploads.ts';
import { deleteObjects, findObject, putObject } from './objects.ts';
import { listReferences } from './references.ts';
import { migrations } from './tables.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  findUpload,
  listObjectParts,
  listObjectPartsFrom,
  listParts,
  putPart,
} from './uploads.ts';

const metadataStore = defineStore({
  module: import.meta.url,
  name: 'object-storage',
  migrations,
  reads: {
    findBucket,
    listBuckets,
    findObject,
    listObjects,
    findUpload,
    listParts,
    listObjectParts,
    listObjectPartsFrom,
    listUploads,
    listGarbage,
    countEverything,
    listReferences,
  },
  writes: {
    createBucket,
    deleteBucket,
    putObject,
    deleteObjects,
    createUpload,
    putPart,
    completeUpload,
    abortUpload,
    forgetGarbage,
  },
});

export default metadataStore;
export type MetadataSql = Sql<typeof metadataStore>;

// The metadata store: buckets, objects, uploads and what they leave behind, in the sql engine.

import { defineStore, type Sql } from '@cairn/engines';
import { appendObject } from './appends.ts';
import { listBlobHolders } from './blob-holders.ts';
import { listBlobReferences } from './blob-references.ts';
import { replaceBlob } from './blob-rows.ts';
import {
  changeVersioning,
  configureBucket,
  createConfiguredBucket,
  deleteBucket,
  findBucketConfiguration,
} from './bucket-configuration.ts';
import { findBucket, listBuckets, listBucketsAfter } from './buckets.ts';
import { completeUpload } from './completed-uploads.ts';
import { copyObject, copyPart } from './copies.ts';
import { countEverything } from './counts.ts';
import { findObject } from './current-object.ts';
import { deleteObjects } from './deletions.ts';
import { listEncryptedRows } from './encrypted-rows.ts';
import { countEvents, dropEvents, forgetEvents, listEvents, listEventTargets } from './events/event-queue.ts';
import { findDeleteMarker, findVersion } from './find-version.ts';
import { forgetGarbage, listGarbage } from './garbage.ts';
import { listHurtHolders } from './hurt-holders.ts';
import { expire } from './lifecycle/expire.ts';
import { findExpired } from './lifecycle/find-expired.ts';
import { listLifecycles } from './lifecycle/passes.ts';
import { listObjects } from './listing.ts';
import { listUploads } from './listing-uploads.ts';
import { listVersions } from './listing-versions.ts';
import { listMasterKeys, noteMasterKey } from './master-keys.ts';
import { migrations } from './migrations.ts';
import { setObjectAttributes } from './object-attributes.ts';
import { putObject } from './objects.ts';
import { type PackedPut, unpackedPut } from './packed-put.ts';
import { placeVersion } from './placed-versions.ts';
import { measurePage } from './quotas/measure.ts';
import {
  countPage,
  findBucketQuota,
  findUserQuota,
  isCounting,
  setBucketQuota,
  setUserQuota,
} from './quotas/quotas.ts';
import { listReferences } from './references.ts';
import { findRename } from './rename-tokens.ts';
import { renameObject } from './renames.ts';
import { continuePass, findPass, retryReplication } from './replication/passes.ts';
import {
  countReplications,
  findReplication,
  forgetReplication,
  listReplications,
  listReplicationTargets,
  noteReplication,
  settleReplication,
} from './replication/queue.ts';
import { rewrapRows } from './rewrap.ts';
import { checkRows } from './row-check.ts';
import { checkShares, recountShares } from './share-check.ts';
import { adoptPlaced } from './transition/change-class.ts';
import { countPlaced } from './transition/count-placed.ts';
import { hastenLate } from './transition/late.ts';
import { measureStored } from './transition/measure-stored.ts';
import { findMoving, listMovements, settleMovement } from './transition/movements.ts';
import { addPlacedGarbage, forgetPlacedGarbage, listPlacedGarbage } from './transition/placed-garbage.ts';
import {
  dropRottenRestore,
  expireRestore,
  findRestored,
  finishRestore,
  giveUpRestore,
  listRestores,
  postponeRestore,
  requestRestore,
} from './transition/restores.ts';
import {
  abortUpload,
  createUpload,
  findObjectPart,
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
  scans: ['countEverything', 'countPlaced', 'checkShares'],
  reads: {
    findBucket,
    findBucketConfiguration,
    listBuckets,
    findObject,
    findVersion,
    findDeleteMarker,
    listObjects,
    listVersions,
    findRename,
    findUpload,
    listParts,
    findObjectPart,
    listObjectParts,
    listObjectPartsFrom,
    listUploads,
    listLifecycles,
    findExpired,
    listGarbage,
    listEventTargets,
    listEvents,
    countEvents,
    listReplicationTargets,
    listReplications,
    findReplication,
    findPass,
    countReplications,
    countEverything,
    listReferences,
    listBlobReferences,
    listBlobHolders,
    listHurtHolders,
    checkRows,
    checkShares,
    listMasterKeys,
    listEncryptedRows,
    isCounting,
    findBucketQuota,
    findUserQuota,
    measurePage,
    listBucketsAfter,
    listMovements,
    findMoving,
    measureStored,
    findRestored,
    listRestores,
    listPlacedGarbage,
    countPlaced,
  },
  writes: {
    createConfiguredBucket,
    configureBucket,
    changeVersioning,
    deleteBucket,
    putObject: (put: PackedPut) => putObject(unpackedPut(put)),
    placeVersion,
    appendObject,
    renameObject,
    copyObject,
    copyPart,
    replaceBlob,
    setObjectAttributes,
    deleteObjects,
    createUpload,
    putPart,
    completeUpload,
    abortUpload,
    expire,
    forgetGarbage,
    forgetEvents,
    dropEvents,
    continuePass,
    retryReplication,
    settleReplication,
    forgetReplication,
    noteReplication,
    noteMasterKey,
    rewrapRows,
    setBucketQuota,
    setUserQuota,
    countPage,
    recountShares,
    addPlacedGarbage,
    forgetPlacedGarbage,
    adoptPlaced,
    hastenLate,
    settleMovement,
    requestRestore,
    finishRestore,
    postponeRestore,
    expireRestore,
    dropRottenRestore,
    giveUpRestore,
  },
});

export default metadataStore;
export type MetadataSql = Sql<typeof metadataStore>;

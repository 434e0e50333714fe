// Of which keys a write may change what `findObject` gives: the current object, and its bucket's name and versioning. It is
// for who remembers what was found (core/known-objects.ts). Every write is named here, by the type. What is not certain may
// change everything, which costs no more than looking again; but what the background does again and again must not, or
// nothing is remembered while it does.

import type metadataStore from './store.ts';

export type ObjectName = { readonly bucket: string; readonly key: string };
/** A bucket by its name, or by the number that rows have; of all its keys when none is named. */
export type ChangedName = { readonly bucket: string | number; readonly key?: string };
export type ChangedObjects = 'none' | 'all' | readonly ChangedName[];

type Writes = (typeof metadataStore)['writes'];
export type ChangesOfWrites = {
  /** A list is made for each write, and stands for it. */
  readonly [Name in keyof Writes]:
    | Extract<ChangedObjects, string>
    | ((input: Parameters<Writes[Name]>[0]) => readonly ChangedName[]);
};

export const changesOfWrites: ChangesOfWrites = {
  createConfiguredBucket: ({ bucket: { name } }) => [{ bucket: name }],
  configureBucket: ({ bucket }) => [{ bucket }],
  changeVersioning: ({ bucket }) => [{ bucket }],
  deleteBucket: ({ bucket }) => [{ bucket }],
  putObject: ([bucket, key]) => [{ bucket, key }],
  placeVersion: ({ bucket, version: { key } }) => [{ bucket, key }],
  appendObject: ({ bucket, object: { key } }) => [{ bucket, key }],
  renameObject: ({ bucket, source, key }) => [
    { bucket, key: source },
    { bucket, key },
  ],
  // The source's row says from now on that its blob is shared.
  copyObject: ({ bucket, object: { key }, source }) => [{ bucket, key }, source],
  copyPart: ({ source }) => [source],
  // Rows that share a blob may be anywhere.
  replaceBlob: 'all',
  setObjectAttributes: ({ bucket, key }) => [{ bucket, key }],
  deleteObjects: ({ bucket, objects }) => objects.map(({ key }) => ({ bucket, key })),
  createUpload: 'none',
  putPart: 'none',
  completeUpload: ({ bucket, key }) => [{ bucket, key }],
  abortUpload: 'none',
  expire: ({ bucket, candidates }) => candidates.map(({ key }) => ({ bucket, key })),
  forgetGarbage: 'none',
  forgetEvents: 'none',
  dropEvents: 'none',
  continuePass: ({ bucket }) => [{ bucket }],
  // Only what waits for replication, and passes that are due.
  retryReplication: 'none',
  settleReplication: ({ bucket, key }) => [{ bucket, key }],
  forgetReplication: 'none',
  noteReplication: 'none',
  noteMasterKey: 'none',
  rewrapRows: ({ rows }) => rows.map(({ row: { bucket, key } }) => ({ bucket, key })),
  setBucketQuota: ({ bucket }) => [{ bucket }],
  setUserQuota: 'all',
  // Counters only.
  countPage: 'none',
  recountShares: 'none',
  addPlacedGarbage: 'none',
  forgetPlacedGarbage: 'none',
  adoptPlaced: ({ movement: { bucket, key } }) => [{ bucket, key }],
  hastenLate: 'none',
  settleMovement: 'none',
  // Copies of archived objects have rows of their own.
  requestRestore: 'none',
  finishRestore: 'none',
  postponeRestore: 'none',
  expireRestore: 'none',
  dropRottenRestore: 'none',
  giveUpRestore: 'none',
};

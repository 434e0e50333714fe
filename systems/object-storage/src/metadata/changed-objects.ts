// Of which keys a write may change what `findObject` gives: the current object, and its bucket's name and versioning. It is
// for who remembers what was found (core/known-objects.ts). Every write is named here, by the type; what is not certain, or
// knows a bucket by its number only, may change everything, which costs no more than looking again.

import type metadataStore from './store.ts';

export type ObjectName = { readonly bucket: string; readonly key: string };
export type ChangedObjects = 'none' | 'all' | readonly ObjectName[];

type Writes = (typeof metadataStore)['writes'];
export type ChangesOfWrites = {
  /** A list is made for each write, and stands for it. */
  readonly [Name in keyof Writes]:
    | Extract<ChangedObjects, string>
    | ((input: Parameters<Writes[Name]>[0]) => readonly ObjectName[]);
};

export const changesOfWrites: ChangesOfWrites = {
  createConfiguredBucket: 'all',
  configureBucket: 'all',
  changeVersioning: 'all',
  deleteBucket: 'all',
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
  continuePass: 'all',
  retryReplication: 'all',
  settleReplication: 'all',
  forgetReplication: 'all',
  noteReplication: 'all',
  noteMasterKey: 'none',
  rewrapRows: 'all',
  setBucketQuota: 'all',
  setUserQuota: 'all',
  countPage: 'all',
  recountShares: 'all',
  addPlacedGarbage: 'none',
  forgetPlacedGarbage: 'none',
  adoptPlaced: 'all',
  settleMovement: 'all',
  requestRestore: 'all',
  finishRestore: 'all',
  postponeRestore: 'all',
  expireRestore: 'all',
  dropRottenRestore: 'all',
  giveUpRestore: 'all',
};

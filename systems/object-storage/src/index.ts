export { type LocalBlobsOpenerOptions, localBlobsOpener } from './blobs/open-local-blobs.ts';
export { repairObjectStorage } from './core/maintenance/repair.ts';
export { type BodyDigests, type ObjectBody, objectBody } from './core/object-body.ts';
export type { Readable } from './core/object-content.ts';
export type * from './core/object-storage.ts';
export { openObjectStorage } from './core/open-object-storage.ts';
export type { OpenObjectStorageOptions } from './core/open-stores.ts';
export { ObjectStorageError, type ObjectStorageErrorCode } from './errors.ts';
export { objectStorageSystem } from './system.ts';

export { type LocalBlobsOpenerOptions, localBlobsOpener } from './blobs/open-local-blobs.ts';
export { type BodyDigests, type ObjectBody, objectBody } from './core/object-body.ts';
export type { Readable } from './core/object-content.ts';
export type * from './core/object-storage.ts';
export { type OpenObjectStorageOptions, openObjectStorage } from './core/open-object-storage.ts';
export { ObjectStorageError, type ObjectStorageErrorCode } from './errors.ts';
export { objectStorageSystem } from './system.ts';

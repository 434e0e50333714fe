// Version ids in requests and answers.

import type { ObjectInfo } from '../../core/object-storage.ts';
import type { Query } from '../target/query.ts';
import type { ResponseHeaders } from './object-headers.ts';

/** Of an object that is described. A bucket that was never versioned has no ids to show. */
export function versionHeaders({ versionId }: Pick<ObjectInfo, 'versionId'>): ResponseHeaders {
  return versionId === undefined ? {} : { 'x-amz-version-id': versionId };
}

/** Of an object that was just put. As at Amazon, its version is not named when that is the null version. */
export function putVersionHeaders({ versionId }: Pick<ObjectInfo, 'versionId'>): ResponseHeaders {
  return versionId === 'null' ? {} : versionHeaders({ versionId });
}

/** Of the object that was copied from. */
export function sourceVersionHeaders({ versionId }: Pick<ObjectInfo, 'versionId'>): ResponseHeaders {
  return versionId === undefined ? {} : { 'x-amz-copy-source-version-id': versionId };
}

/** What a request names: an object, or one of its versions. */
export function versionName(request: {
  readonly bucket: string;
  readonly key: string;
  readonly query: Query;
}): { bucket: string; key: string; versionId: string | undefined } {
  const { bucket, key, query } = request;
  return { bucket, key, versionId: query.get('versionId') };
}

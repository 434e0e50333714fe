// The headers that describe an object in an answer.

import type { ObjectInfo, RestoreState, StoredChecksum } from '../../core/object-storage.ts';
import { statusOf } from '../../replication/replication-state.ts';
import { checksumHeader } from '../body/checksum-claim.ts';
import { encodeHeader } from './header-text.ts';
import { httpDate } from './http-date.ts';
import { userMetadataPrefix } from './object-attributes.ts';

export type ResponseHeaders = Record<string, string>;

/** `checksum`: what the client asked for (`x-amz-checksum-mode: ENABLED`), of the bytes that it gets. */
export function objectHeaders(
  info: ObjectInfo,
  { checksum }: { checksum: StoredChecksum | undefined },
): ResponseHeaders {
  const headers: ResponseHeaders = {
    'accept-ranges': 'bytes',
    'content-type': 'binary/octet-stream',
    etag: `"${info.etag}"`,
    'last-modified': httpDate(info.modifiedMs),
  };
  for (const name in info.headers) headers[name] = encodeHeader(info.headers[name]!);
  for (const name in info.userMetadata) {
    headers[`${userMetadataPrefix}${name}`] = encodeHeader(info.userMetadata[name]!);
  }
  if (info.storageClass !== undefined) headers['x-amz-storage-class'] = info.storageClass;
  if (info.restore !== undefined) headers['x-amz-restore'] = restoreText(info.restore);
  if (info.versionId !== undefined) headers['x-amz-version-id'] = info.versionId;
  if (info.replication !== undefined) headers['x-amz-replication-status'] = statusOf(info.replication)!;
  return checksum === undefined ? headers : Object.assign(headers, checksumHeaders(checksum));
}

function restoreText(restore: RestoreState): string {
  if (restore.ongoing) return 'ongoing-request="true"';
  return `ongoing-request="false", expiry-date="${httpDate(restore.untilMs)}"`;
}

export function checksumHeaders(checksum: StoredChecksum | undefined): ResponseHeaders {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

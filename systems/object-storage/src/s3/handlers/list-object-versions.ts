// ListObjectVersions: every version and delete marker, in pages that go on from a key and a version of it.

import { ObjectStorageError } from '../../errors.ts';
import type { Query } from '../target/query.ts';
import { listVersionsResult } from '../xml/list-versions-result.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { encodingType, pageLimit } from './parameters.ts';
import { withRestoreStates } from './restore-states.ts';

export const listObjectVersions: Handler = async (request, { storage }) => {
  const { bucket, query } = request;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = versionMarker(query);
  const maxKeys = pageLimit(query, 'max-keys');
  const names = { bucket, prefix, delimiter, encodingType: encodingType(query), keyMarker, versionIdMarker };
  const page = await storage.listVersions({
    bucket,
    prefix,
    delimiter,
    afterKey: keyMarker,
    afterVersion: versionIdMarker,
    limit: maxKeys,
  });
  const versions = await withRestoreStates(request, { storage, listed: page.versions });
  const { owner } = await storage.bucketConfiguration({ bucket });
  return xmlResponse(listVersionsResult({ ...names, maxKeys, page: { ...page, versions }, owner }));
};

/** Throws InvalidArgument. */
function versionMarker(query: Query): string {
  const marker = query.get('version-id-marker');
  if (marker === undefined) return '';
  const withoutKey = (query.get('key-marker') ?? '') === '';
  if (!withoutKey && marker !== '') return marker;
  const message = withoutKey
    ? 'A version-id marker cannot be specified without a key marker.'
    : 'A version-id marker cannot be empty.';
  throw new ObjectStorageError('InvalidArgument', {
    message,
    fields: { ArgumentName: 'version-id-marker', ArgumentValue: marker },
  });
}

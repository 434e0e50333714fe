// ListObjectsV2: pages go on from a token.

import { listObjectsV2Result } from '../xml/list-objects-result.ts';
import { decodeContinuationToken, encodeContinuationToken } from './continuation-token.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { encodingType, invalidParameter, pageLimit } from './parameters.ts';
import { withRestoreStates } from './restore-states.ts';

export const listObjectsV2: Handler = async (request, { storage }) => {
  const { bucket, query } = request;
  const listType = query.get('list-type') ?? '';
  if (listType !== '2') throw invalidParameter({ name: 'list-type', value: listType, wanted: '2' });
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const startAfter = query.get('start-after');
  const continuationToken = query.get('continuation-token');
  // An empty token is what a loop has before its first page.
  const after = continuationToken ? decodeContinuationToken(continuationToken) : (startAfter ?? '');
  const maxKeys = pageLimit(query, 'max-keys');
  const names = { bucket, prefix, delimiter, encodingType: encodingType(query) };
  const page = await storage.listObjects({ bucket, prefix, delimiter, after, limit: maxKeys });
  const objects = await withRestoreStates(request, { storage, listed: page.objects });
  const { owner } = await storage.bucketConfiguration({ bucket });
  return xmlResponse(
    listObjectsV2Result({
      ...names,
      maxKeys,
      page: { ...page, objects },
      startAfter,
      continuationToken,
      nextContinuationToken: page.next === undefined ? undefined : encodeContinuationToken(page.next),
      owner: query.get('fetch-owner') === 'true' ? owner : undefined,
    }),
  );
};

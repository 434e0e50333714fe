// ListBuckets: all of them, or pages when the client asks for pages.

import { ObjectStorageError } from '../../errors.ts';
import { listBucketsResult } from '../xml/list-buckets-result.ts';
import { decodeContinuationToken, encodeContinuationToken } from './continuation-token.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { integerParameter } from './parameters.ts';

const bucketsMax = 10_000;

export const listBuckets: Handler = async ({ query, access, ground }, { storage, region }) => {
  const prefix = query.get('prefix');
  const token = query.get('continuation-token');
  const limit = integerParameter(query, 'max-buckets') ?? bucketsMax;
  if (limit < 1 || limit > bucketsMax) {
    throw new ObjectStorageError('InvalidArgument', {
      message: `Argument max-buckets must be an integer between 1 and ${bucketsMax}`,
    });
  }
  const after = token ? decodeContinuationToken(token) : '';
  const wantedRegion = query.get('bucket-region') ?? region;
  const all = wantedRegion === region ? await storage.listBuckets() : [];
  // Who is let in by a policy of his own sees the buckets of the account; every other owner sees his.
  const mine = ground === 'account' ? all : all.filter(({ owner }) => owner === access.requester.id);
  const matching = mine.filter(({ bucket }) => bucket.startsWith(prefix ?? '') && bucket > after);
  const buckets = matching.slice(0, limit);
  const more = matching.length > buckets.length;
  return xmlResponse(
    listBucketsResult({
      buckets,
      owner: access.requester.id,
      prefix,
      continuationToken: more ? encodeContinuationToken(buckets.at(-1)!.bucket) : undefined,
      region,
    }),
  );
};

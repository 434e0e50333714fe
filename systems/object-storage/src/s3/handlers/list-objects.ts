// ListObjects, the first version: pages go on from a key.

import { listObjectsResult } from '../xml/list-objects-result.ts';
import { type Handler, xmlResponse } from './handler.ts';
import { encodingType, pageLimit } from './parameters.ts';
import { withRestoreStates } from './restore-states.ts';

export const listObjects: Handler = async (request, { storage }) => {
  const { bucket, query } = request;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const marker = query.get('marker') ?? '';
  const maxKeys = pageLimit(query, 'max-keys');
  const names = { bucket, prefix, delimiter, encodingType: encodingType(query) };
  const page = await storage.listObjects({ bucket, prefix, delimiter, after: marker, limit: maxKeys });
  const objects = await withRestoreStates(request, { storage, listed: page.objects });
  const { owner } = await storage.bucketConfiguration({ bucket });
  return xmlResponse(listObjectsResult({ ...names, marker, maxKeys, page: { ...page, objects }, owner }));
};

// DeleteObject. What does not exist is deleted as well as what does.

import { ObjectStorageError } from '../../errors.ts';
import { requireCurrentVersion } from '../headers/version.ts';
import { type Handler, noContent } from './handler.ts';

export const deleteObject: Handler = async ({ bucket, key, query, headers }, { storage }) => {
  requireCurrentVersion(query.get('versionId'));
  for (const name of ['if-match', 'x-amz-if-match-last-modified-time', 'x-amz-if-match-size']) {
    if (headers[name] !== undefined)
      throw new ObjectStorageError('NotImplemented', { fields: { Header: name } });
  }
  await storage.deleteObject({ bucket, key });
  return noContent;
};

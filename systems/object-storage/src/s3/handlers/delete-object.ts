// DeleteObject. What does not exist is deleted as well as what does.

import { ObjectStorageError } from '../../errors.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import { type Handler, noContent } from './handler.ts';

export const deleteObject: Handler = async (request, { storage }) => {
  for (const name of ['if-match', 'x-amz-if-match-last-modified-time', 'x-amz-if-match-size']) {
    if (request.headers[name] !== undefined)
      throw new ObjectStorageError('NotImplemented', { fields: { Header: name } });
  }
  const deleted = await storage.deleteObject(versionName(request));
  const marker = deleted.deleteMarker && { 'x-amz-delete-marker': 'true' };
  return { ...noContent, headers: { ...versionHeaders(deleted), ...marker } };
};

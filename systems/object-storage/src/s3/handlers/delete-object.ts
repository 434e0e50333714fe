// DeleteObject. What does not exist is deleted as well as what does.

import { ObjectStorageError } from '../../errors.ts';
import { deleteCondition } from '../headers/delete-condition.ts';
import { makesReplica } from '../headers/replica.ts';
import { versionHeaders, versionName } from '../headers/version.ts';
import { deleteRights } from './delete-rights.ts';
import { type Handler, noContent } from './handler.ts';

export const deleteObject: Handler = async (request, { storage }) => {
  const name = versionName(request);
  const condition = deleteCondition(request.headers);
  const { refused, bypassGovernance } = await deleteRights(request, { name, condition });
  if (refused) throw new ObjectStorageError('AccessDenied');
  const replica = await makesReplica(request);
  const deleted = await storage.deleteObject({
    ...{ ...name, condition, bypassGovernance, replica },
    origin: () => request.origin(),
  });
  const marker = deleted.deleteMarker && { 'x-amz-delete-marker': 'true' };
  return { ...noContent, headers: { ...versionHeaders(deleted), ...marker } };
};

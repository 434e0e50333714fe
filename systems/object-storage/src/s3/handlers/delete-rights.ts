// What a deletion needs besides the right to delete: to bypass governance, and to know what an entity tag is compared with.

import type { DeleteCondition } from '../../core/object-storage.ts';
import type { Target } from '../access/request-access.ts';
import { wantsBypass } from '../headers/object-lock-headers.ts';
import type { S3Request } from './handler.ts';

/** Refused: the request asks for what it has no right to. */
export type DeleteRights = { readonly refused: boolean; readonly bypassGovernance: boolean };

export async function deleteRights(
  request: S3Request,
  { name, condition }: { name: Target; condition: DeleteCondition | undefined },
): Promise<DeleteRights> {
  const bypassGovernance = wantsBypass(request.headers);
  const needed = [
    ...(bypassGovernance ? ['s3:BypassGovernanceRetention'] : []),
    // Whoever may ask for every entity tag could find out which one it is.
    ...(comparesTag(condition)
      ? [name.versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion']
      : []),
  ];
  for (const action of needed) {
    if (!(await request.allows(action, name))) return { refused: true, bypassGovernance: false };
  }
  return { refused: false, bypassGovernance };
}

function comparesTag(condition: DeleteCondition | undefined): boolean {
  return condition?.ifMatch !== undefined && condition.ifMatch !== '*';
}

// What Amazon's log calls an operation: `REST.METHOD.RESOURCE`.

import type { Operation } from '../routing/operation.ts';

/** By mark, the first that an operation has. */
const resourcesOfMarks: Readonly<Record<string, string>> = {
  acl: 'ACL',
  attributes: 'OBJECT_ATTRIBUTES',
  cors: 'CORS',
  delete: 'MULTI_OBJECT_DELETE',
  encryption: 'ENCRYPTION',
  'legal-hold': 'LEGAL_HOLD',
  lifecycle: 'LIFECYCLE',
  location: 'LOCATION',
  logging: 'LOGGING_STATUS',
  notification: 'NOTIFICATION',
  'object-lock': 'OBJECT_LOCK_CONFIGURATION',
  ownershipControls: 'OWNERSHIP_CONTROLS',
  partNumber: 'PART',
  policy: 'BUCKETPOLICY',
  policyStatus: 'BUCKETPOLICYSTATUS',
  publicAccessBlock: 'PUBLIC_ACCESS_BLOCK',
  renameObject: 'OBJECT_RENAME',
  requestPayment: 'REQUEST_PAYMENT',
  retention: 'RETENTION',
  uploadId: 'UPLOAD',
  uploads: 'UPLOADS',
  versioning: 'VERSIONING',
  versions: 'BUCKETVERSIONS',
};

/** Undefined for a request that did not come to be an operation. */
export function logOperation(
  { method, isObject }: { readonly method: string; readonly isObject: boolean },
  operation: Pick<Operation, 'name' | 'marks'> | undefined,
): string {
  if (operation?.name === 'CopyObject') return 'REST.COPY.OBJECT';
  if (operation?.name === 'UploadPartCopy') return 'REST.COPY.PART';
  if (operation?.name === 'PostObject') return 'REST.POST.OBJECT';
  return `REST.${method}.${resourceOf(operation?.marks ?? [], isObject)}`;
}

function resourceOf(marks: readonly string[], isObject: boolean): string {
  if (marks.includes('tagging')) return isObject ? 'OBJECT_TAGGING' : 'TAGGING';
  const mark = marks.find((each) => Object.hasOwn(resourcesOfMarks, each));
  if (mark !== undefined) return resourcesOfMarks[mark]!;
  return isObject ? 'OBJECT' : 'BUCKET';
}

// The operations on what is set for a bucket: one row for each method of each kind of setting.

import { handlersIn } from './handlers-on-demand.ts';
import type { Row } from './operation.ts';

const inAcl = handlersIn(() => import('../handlers/acl.ts'));
const inBucketCors = handlersIn(() => import('../handlers/bucket-cors.ts'));
const inBucketEncryption = handlersIn(() => import('../handlers/bucket-encryption.ts'));
const inBucketLifecycle = handlersIn(() => import('../handlers/bucket-lifecycle.ts'));
const inBucketLogging = handlersIn(() => import('../handlers/bucket-logging.ts'));
const inBucketNotification = handlersIn(() => import('../handlers/bucket-notification.ts'));
const inBucketPolicy = handlersIn(() => import('../handlers/bucket-policy.ts'));
const inBucketReplication = handlersIn(() => import('../handlers/bucket-replication.ts'));
const inBucketTagging = handlersIn(() => import('../handlers/bucket-tagging.ts'));
const inObjectLockConfiguration = handlersIn(() => import('../handlers/object-lock-configuration.ts'));
const inOwnershipControls = handlersIn(() => import('../handlers/ownership-controls.ts'));
const inPublicAccessBlock = handlersIn(() => import('../handlers/public-access-block.ts'));
const inRequestPayment = handlersIn(() => import('../handlers/request-payment.ts'));

/** A kind of setting of a bucket: one mark, three methods, of which deleting asks for the right to put. */
const setting = (
  mark: string,
  [get, put, remove]: readonly [get: Named, put: Named, remove: Named],
): readonly Row[] => [
  { ...get, method: 'GET', marks: [mark] },
  { ...put, method: 'PUT', marks: [mark] },
  { ...remove, method: 'DELETE', marks: [mark] },
];
type Named = Pick<Row, 'name' | 'action' | 'handle'>;

export const settings: readonly Row[] = [
  ...setting('policy', [
    { name: 'GetBucketPolicy', action: 's3:GetBucketPolicy', handle: inBucketPolicy('getBucketPolicy') },
    { name: 'PutBucketPolicy', action: 's3:PutBucketPolicy', handle: inBucketPolicy('putBucketPolicy') },
    {
      name: 'DeleteBucketPolicy',
      action: 's3:DeleteBucketPolicy',
      handle: inBucketPolicy('deleteBucketPolicy'),
    },
  ]),
  ...setting('cors', [
    { name: 'GetBucketCors', action: 's3:GetBucketCORS', handle: inBucketCors('getBucketCors') },
    { name: 'PutBucketCors', action: 's3:PutBucketCORS', handle: inBucketCors('putBucketCors') },
    { name: 'DeleteBucketCors', action: 's3:PutBucketCORS', handle: inBucketCors('deleteBucketCors') },
  ]),
  ...setting('tagging', [
    { name: 'GetBucketTagging', action: 's3:GetBucketTagging', handle: inBucketTagging('getBucketTagging') },
    { name: 'PutBucketTagging', action: 's3:PutBucketTagging', handle: inBucketTagging('putBucketTagging') },
    {
      name: 'DeleteBucketTagging',
      action: 's3:PutBucketTagging',
      handle: inBucketTagging('deleteBucketTagging'),
    },
  ]),
  ...setting('encryption', [
    {
      name: 'GetBucketEncryption',
      action: 's3:GetEncryptionConfiguration',
      handle: inBucketEncryption('getBucketEncryption'),
    },
    {
      name: 'PutBucketEncryption',
      action: 's3:PutEncryptionConfiguration',
      handle: inBucketEncryption('putBucketEncryption'),
    },
    {
      name: 'DeleteBucketEncryption',
      action: 's3:PutEncryptionConfiguration',
      handle: inBucketEncryption('deleteBucketEncryption'),
    },
  ]),
  ...setting('lifecycle', [
    {
      name: 'GetBucketLifecycleConfiguration',
      action: 's3:GetLifecycleConfiguration',
      handle: inBucketLifecycle('getBucketLifecycle'),
    },
    {
      name: 'PutBucketLifecycleConfiguration',
      action: 's3:PutLifecycleConfiguration',
      handle: inBucketLifecycle('putBucketLifecycle'),
    },
    {
      name: 'DeleteBucketLifecycle',
      action: 's3:PutLifecycleConfiguration',
      handle: inBucketLifecycle('deleteBucketLifecycle'),
    },
  ]),
  ...setting('replication', [
    {
      name: 'GetBucketReplication',
      action: 's3:GetReplicationConfiguration',
      handle: inBucketReplication('getBucketReplication'),
    },
    {
      name: 'PutBucketReplication',
      action: 's3:PutReplicationConfiguration',
      handle: inBucketReplication('putBucketReplication'),
    },
    {
      name: 'DeleteBucketReplication',
      action: 's3:PutReplicationConfiguration',
      handle: inBucketReplication('deleteBucketReplication'),
    },
  ]),
  ...setting('publicAccessBlock', [
    {
      name: 'GetPublicAccessBlock',
      action: 's3:GetBucketPublicAccessBlock',
      handle: inPublicAccessBlock('getPublicAccessBlock'),
    },
    {
      name: 'PutPublicAccessBlock',
      action: 's3:PutBucketPublicAccessBlock',
      handle: inPublicAccessBlock('putPublicAccessBlock'),
    },
    {
      name: 'DeletePublicAccessBlock',
      action: 's3:PutBucketPublicAccessBlock',
      handle: inPublicAccessBlock('deletePublicAccessBlock'),
    },
  ]),
  ...setting('ownershipControls', [
    {
      name: 'GetBucketOwnershipControls',
      action: 's3:GetBucketOwnershipControls',
      handle: inOwnershipControls('getBucketOwnershipControls'),
    },
    {
      name: 'PutBucketOwnershipControls',
      action: 's3:PutBucketOwnershipControls',
      handle: inOwnershipControls('putBucketOwnershipControls'),
    },
    {
      name: 'DeleteBucketOwnershipControls',
      action: 's3:PutBucketOwnershipControls',
      handle: inOwnershipControls('deleteBucketOwnershipControls'),
    },
  ]),
  {
    name: 'GetBucketLogging',
    method: 'GET',
    marks: ['logging'],
    action: 's3:GetBucketLogging',
    handle: inBucketLogging('getBucketLogging'),
  },
  {
    name: 'PutBucketLogging',
    method: 'PUT',
    marks: ['logging'],
    action: 's3:PutBucketLogging',
    handle: inBucketLogging('putBucketLogging'),
  },
  {
    name: 'GetBucketNotificationConfiguration',
    method: 'GET',
    marks: ['notification'],
    action: 's3:GetBucketNotification',
    handle: inBucketNotification('getBucketNotification'),
  },
  {
    name: 'PutBucketNotificationConfiguration',
    method: 'PUT',
    marks: ['notification'],
    action: 's3:PutBucketNotification',
    handle: inBucketNotification('putBucketNotification'),
  },
  {
    name: 'GetBucketRequestPayment',
    method: 'GET',
    marks: ['requestPayment'],
    action: 's3:GetBucketRequestPayment',
    handle: inRequestPayment('getBucketRequestPayment'),
  },
  {
    name: 'PutBucketRequestPayment',
    method: 'PUT',
    marks: ['requestPayment'],
    action: 's3:PutBucketRequestPayment',
    handle: inRequestPayment('putBucketRequestPayment'),
  },
  {
    name: 'GetBucketPolicyStatus',
    method: 'GET',
    marks: ['policyStatus'],
    action: 's3:GetBucketPolicyStatus',
    handle: inBucketPolicy('getBucketPolicyStatus'),
  },
  {
    name: 'GetObjectLockConfiguration',
    method: 'GET',
    marks: ['object-lock'],
    action: 's3:GetBucketObjectLockConfiguration',
    handle: inObjectLockConfiguration('getObjectLockConfiguration'),
  },
  {
    name: 'PutObjectLockConfiguration',
    method: 'PUT',
    marks: ['object-lock'],
    action: 's3:PutBucketObjectLockConfiguration',
    handle: inObjectLockConfiguration('putObjectLockConfiguration'),
  },
  {
    name: 'GetBucketAcl',
    method: 'GET',
    marks: ['acl'],
    action: 's3:GetBucketAcl',
    handle: inAcl('getBucketAcl'),
  },
  {
    name: 'PutBucketAcl',
    method: 'PUT',
    marks: ['acl'],
    action: 's3:PutBucketAcl',
    handle: inAcl('putBucketAcl'),
  },
];

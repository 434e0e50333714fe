// The operations on what is set for a bucket: one row for each method of each kind of setting.

import { getBucketAcl, putBucketAcl } from '../handlers/acl.ts';
import { deleteBucketCors, getBucketCors, putBucketCors } from '../handlers/bucket-cors.ts';
import {
  deleteBucketEncryption,
  getBucketEncryption,
  putBucketEncryption,
} from '../handlers/bucket-encryption.ts';
import {
  deleteBucketLifecycle,
  getBucketLifecycle,
  putBucketLifecycle,
} from '../handlers/bucket-lifecycle.ts';
import { getBucketLogging, putBucketLogging } from '../handlers/bucket-logging.ts';
import { getBucketNotification, putBucketNotification } from '../handlers/bucket-notification.ts';
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from '../handlers/bucket-policy.ts';
import { bucketReplication } from '../handlers/bucket-replication.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from '../handlers/bucket-tagging.ts';
import {
  getObjectLockConfiguration,
  putObjectLockConfiguration,
} from '../handlers/object-lock-configuration.ts';
import {
  deleteBucketOwnershipControls,
  getBucketOwnershipControls,
  putBucketOwnershipControls,
} from '../handlers/ownership-controls.ts';
import {
  deletePublicAccessBlock,
  getPublicAccessBlock,
  putPublicAccessBlock,
} from '../handlers/public-access-block.ts';
import { getBucketRequestPayment, putBucketRequestPayment } from '../handlers/request-payment.ts';
import type { Row } from './operation.ts';

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
    { name: 'GetBucketPolicy', action: 's3:GetBucketPolicy', handle: getBucketPolicy },
    { name: 'PutBucketPolicy', action: 's3:PutBucketPolicy', handle: putBucketPolicy },
    { name: 'DeleteBucketPolicy', action: 's3:DeleteBucketPolicy', handle: deleteBucketPolicy },
  ]),
  ...setting('cors', [
    { name: 'GetBucketCors', action: 's3:GetBucketCORS', handle: getBucketCors },
    { name: 'PutBucketCors', action: 's3:PutBucketCORS', handle: putBucketCors },
    { name: 'DeleteBucketCors', action: 's3:PutBucketCORS', handle: deleteBucketCors },
  ]),
  ...setting('tagging', [
    { name: 'GetBucketTagging', action: 's3:GetBucketTagging', handle: getBucketTagging },
    { name: 'PutBucketTagging', action: 's3:PutBucketTagging', handle: putBucketTagging },
    { name: 'DeleteBucketTagging', action: 's3:PutBucketTagging', handle: deleteBucketTagging },
  ]),
  ...setting('encryption', [
    { name: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', handle: getBucketEncryption },
    { name: 'PutBucketEncryption', action: 's3:PutEncryptionConfiguration', handle: putBucketEncryption },
    {
      name: 'DeleteBucketEncryption',
      action: 's3:PutEncryptionConfiguration',
      handle: deleteBucketEncryption,
    },
  ]),
  ...setting('lifecycle', [
    {
      name: 'GetBucketLifecycleConfiguration',
      action: 's3:GetLifecycleConfiguration',
      handle: getBucketLifecycle,
    },
    {
      name: 'PutBucketLifecycleConfiguration',
      action: 's3:PutLifecycleConfiguration',
      handle: putBucketLifecycle,
    },
    {
      name: 'DeleteBucketLifecycle',
      action: 's3:PutLifecycleConfiguration',
      handle: deleteBucketLifecycle,
    },
  ]),
  ...setting('replication', [
    { name: 'GetBucketReplication', action: 's3:GetReplicationConfiguration', handle: bucketReplication.get },
    { name: 'PutBucketReplication', action: 's3:PutReplicationConfiguration', handle: bucketReplication.put },
    {
      name: 'DeleteBucketReplication',
      action: 's3:PutReplicationConfiguration',
      handle: bucketReplication.remove,
    },
  ]),
  ...setting('publicAccessBlock', [
    { name: 'GetPublicAccessBlock', action: 's3:GetBucketPublicAccessBlock', handle: getPublicAccessBlock },
    { name: 'PutPublicAccessBlock', action: 's3:PutBucketPublicAccessBlock', handle: putPublicAccessBlock },
    {
      name: 'DeletePublicAccessBlock',
      action: 's3:PutBucketPublicAccessBlock',
      handle: deletePublicAccessBlock,
    },
  ]),
  ...setting('ownershipControls', [
    {
      name: 'GetBucketOwnershipControls',
      action: 's3:GetBucketOwnershipControls',
      handle: getBucketOwnershipControls,
    },
    {
      name: 'PutBucketOwnershipControls',
      action: 's3:PutBucketOwnershipControls',
      handle: putBucketOwnershipControls,
    },
    {
      name: 'DeleteBucketOwnershipControls',
      action: 's3:PutBucketOwnershipControls',
      handle: deleteBucketOwnershipControls,
    },
  ]),
  {
    name: 'GetBucketLogging',
    method: 'GET',
    marks: ['logging'],
    action: 's3:GetBucketLogging',
    handle: getBucketLogging,
  },
  {
    name: 'PutBucketLogging',
    method: 'PUT',
    marks: ['logging'],
    action: 's3:PutBucketLogging',
    handle: putBucketLogging,
  },
  {
    name: 'GetBucketNotificationConfiguration',
    method: 'GET',
    marks: ['notification'],
    action: 's3:GetBucketNotification',
    handle: getBucketNotification,
  },
  {
    name: 'PutBucketNotificationConfiguration',
    method: 'PUT',
    marks: ['notification'],
    action: 's3:PutBucketNotification',
    handle: putBucketNotification,
  },
  {
    name: 'GetBucketRequestPayment',
    method: 'GET',
    marks: ['requestPayment'],
    action: 's3:GetBucketRequestPayment',
    handle: getBucketRequestPayment,
  },
  {
    name: 'PutBucketRequestPayment',
    method: 'PUT',
    marks: ['requestPayment'],
    action: 's3:PutBucketRequestPayment',
    handle: putBucketRequestPayment,
  },
  {
    name: 'GetBucketPolicyStatus',
    method: 'GET',
    marks: ['policyStatus'],
    action: 's3:GetBucketPolicyStatus',
    handle: getBucketPolicyStatus,
  },
  {
    name: 'GetObjectLockConfiguration',
    method: 'GET',
    marks: ['object-lock'],
    action: 's3:GetBucketObjectLockConfiguration',
    handle: getObjectLockConfiguration,
  },
  {
    name: 'PutObjectLockConfiguration',
    method: 'PUT',
    marks: ['object-lock'],
    action: 's3:PutBucketObjectLockConfiguration',
    handle: putObjectLockConfiguration,
  },
  { name: 'GetBucketAcl', method: 'GET', marks: ['acl'], action: 's3:GetBucketAcl', handle: getBucketAcl },
  { name: 'PutBucketAcl', method: 'PUT', marks: ['acl'], action: 's3:PutBucketAcl', handle: putBucketAcl },
];

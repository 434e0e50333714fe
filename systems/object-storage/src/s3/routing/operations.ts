// Every operation that is built: what marks a request as it, and who may do it.
//
// The first row that fits is taken, so the more particular come first. A row fits a request of its level and method that
// has all of its marks, and no other mark of S3: a PUT with `?acl` is not a PutObject.

import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from '../handlers/acl.ts';
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
import { getBucketLocation, getBucketVersioning } from '../handlers/bucket-settings.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from '../handlers/bucket-tagging.ts';
import { completeMultipartUpload } from '../handlers/complete-multipart-upload.ts';
import { copyObject } from '../handlers/copy-object.ts';
import { createBucket } from '../handlers/create-bucket.ts';
import { createMultipartUpload } from '../handlers/create-multipart-upload.ts';
import { deleteBucket } from '../handlers/delete-bucket.ts';
import { deleteObject } from '../handlers/delete-object.ts';
import { deleteObjects } from '../handlers/delete-objects.ts';
import { getObject, headObject } from '../handlers/get-object.ts';
import { getObjectAttributes } from '../handlers/get-object-attributes.ts';
import type { Handler } from '../handlers/handler.ts';
import { headBucket } from '../handlers/head-bucket.ts';
import { listBuckets } from '../handlers/list-buckets.ts';
import { listObjectVersions } from '../handlers/list-object-versions.ts';
import { listObjects } from '../handlers/list-objects.ts';
import { listObjectsV2 } from '../handlers/list-objects-v2.ts';
import { abortMultipartUpload, listMultipartUploads, listParts } from '../handlers/multipart-uploads.ts';
import {
  getObjectLegalHold,
  getObjectRetention,
  putObjectLegalHold,
  putObjectRetention,
} from '../handlers/object-lock.ts';
import {
  getObjectLockConfiguration,
  putObjectLockConfiguration,
} from '../handlers/object-lock-configuration.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from '../handlers/object-tagging.ts';
import {
  deleteBucketOwnershipControls,
  getBucketOwnershipControls,
  putBucketOwnershipControls,
} from '../handlers/ownership-controls.ts';
import { postObject } from '../handlers/post-object.ts';
import {
  deletePublicAccessBlock,
  getPublicAccessBlock,
  putPublicAccessBlock,
} from '../handlers/public-access-block.ts';
import { putBucketVersioning } from '../handlers/put-bucket-versioning.ts';
import { putObject } from '../handlers/put-object.ts';
import { renameObject } from '../handlers/rename-object.ts';
import { getBucketRequestPayment, putBucketRequestPayment } from '../handlers/request-payment.ts';
import { uploadPart } from '../handlers/upload-part.ts';
import { uploadPartCopy } from '../handlers/upload-part-copy.ts';
import type { Query } from '../target/query.ts';

export type Level = 'service' | 'bucket' | 'object';

export type Operation = {
  readonly name: string;
  readonly level: Level;
  readonly method: string;
  /** Query parameters that mark it. */
  readonly marks: readonly string[];
  /** A header that marks it. */
  readonly header?: string;
  /** Marks of S3 that it understands besides its own. */
  readonly takes?: readonly string[];
  /** The IAM action on the bucket or object; undefined when the handler asks for each key. */
  readonly action: string | undefined;
  /** The action on one version, which `versionId` names. */
  readonly versionAction?: string;
  readonly handle: Handler;
};

type Row = Omit<Operation, 'level'>;

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

const settings: readonly Row[] = [
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

const copySource = 'x-amz-copy-source';

const service: readonly Row[] = [
  { name: 'ListBuckets', method: 'GET', marks: [], action: 's3:ListAllMyBuckets', handle: listBuckets },
];

const bucket: readonly Row[] = [
  {
    name: 'GetBucketLocation',
    method: 'GET',
    marks: ['location'],
    action: 's3:GetBucketLocation',
    handle: getBucketLocation,
  },
  {
    name: 'GetBucketVersioning',
    method: 'GET',
    marks: ['versioning'],
    action: 's3:GetBucketVersioning',
    handle: getBucketVersioning,
  },
  {
    name: 'PutBucketVersioning',
    method: 'PUT',
    marks: ['versioning'],
    action: 's3:PutBucketVersioning',
    handle: putBucketVersioning,
  },
  ...settings,
  {
    name: 'ListMultipartUploads',
    method: 'GET',
    marks: ['uploads'],
    action: 's3:ListBucketMultipartUploads',
    handle: listMultipartUploads,
  },
  {
    name: 'ListObjectVersions',
    method: 'GET',
    marks: ['versions'],
    action: 's3:ListBucketVersions',
    handle: listObjectVersions,
  },
  {
    name: 'ListObjectsV2',
    method: 'GET',
    marks: ['list-type'],
    action: 's3:ListBucket',
    handle: listObjectsV2,
  },
  { name: 'ListObjects', method: 'GET', marks: [], action: 's3:ListBucket', handle: listObjects },
  { name: 'CreateBucket', method: 'PUT', marks: [], action: 's3:CreateBucket', handle: createBucket },
  { name: 'HeadBucket', method: 'HEAD', marks: [], action: 's3:ListBucket', handle: headBucket },
  { name: 'DeleteBucket', method: 'DELETE', marks: [], action: 's3:DeleteBucket', handle: deleteBucket },
  { name: 'DeleteObjects', method: 'POST', marks: ['delete'], action: undefined, handle: deleteObjects },
  { name: 'PostObject', method: 'POST', marks: [], action: undefined, handle: postObject },
];

/** Policies may ask what is set, which stands in the body: the handlers of the puts ask. */
const lockRows: readonly Row[] = [
  {
    name: 'GetObjectRetention',
    method: 'GET',
    marks: ['retention'],
    takes: ['versionId'],
    action: 's3:GetObjectRetention',
    handle: getObjectRetention,
  },
  {
    name: 'PutObjectRetention',
    method: 'PUT',
    marks: ['retention'],
    takes: ['versionId'],
    action: undefined,
    handle: putObjectRetention,
  },
  {
    name: 'GetObjectLegalHold',
    method: 'GET',
    marks: ['legal-hold'],
    takes: ['versionId'],
    action: 's3:GetObjectLegalHold',
    handle: getObjectLegalHold,
  },
  {
    name: 'PutObjectLegalHold',
    method: 'PUT',
    marks: ['legal-hold'],
    takes: ['versionId'],
    action: undefined,
    handle: putObjectLegalHold,
  },
];

const object: readonly Row[] = [
  {
    name: 'UploadPartCopy',
    method: 'PUT',
    marks: ['uploadId', 'partNumber'],
    header: copySource,
    action: 's3:PutObject',
    handle: uploadPartCopy,
  },
  {
    name: 'UploadPart',
    method: 'PUT',
    marks: ['uploadId', 'partNumber'],
    action: 's3:PutObject',
    handle: uploadPart,
  },
  {
    name: 'CopyObject',
    method: 'PUT',
    marks: [],
    header: copySource,
    action: 's3:PutObject',
    handle: copyObject,
  },
  {
    name: 'RenameObject',
    method: 'PUT',
    marks: ['renameObject'],
    action: 's3:PutObject',
    handle: renameObject,
  },
  { name: 'PutObject', method: 'PUT', marks: [], action: 's3:PutObject', handle: putObject },
  {
    name: 'ListParts',
    method: 'GET',
    marks: ['uploadId'],
    action: 's3:ListMultipartUploadParts',
    handle: listParts,
  },
  {
    name: 'GetObjectAcl',
    method: 'GET',
    marks: ['acl'],
    takes: ['versionId'],
    action: 's3:GetObjectAcl',
    versionAction: 's3:GetObjectVersionAcl',
    handle: getObjectAcl,
  },
  {
    name: 'PutObjectAcl',
    method: 'PUT',
    marks: ['acl'],
    takes: ['versionId'],
    action: 's3:PutObjectAcl',
    versionAction: 's3:PutObjectVersionAcl',
    handle: putObjectAcl,
  },
  {
    name: 'GetObjectAttributes',
    method: 'GET',
    marks: ['attributes'],
    takes: ['versionId'],
    action: 's3:GetObjectAttributes',
    versionAction: 's3:GetObjectVersionAttributes',
    handle: getObjectAttributes,
  },
  {
    name: 'GetObjectTagging',
    method: 'GET',
    marks: ['tagging'],
    takes: ['versionId'],
    action: 's3:GetObjectTagging',
    versionAction: 's3:GetObjectVersionTagging',
    handle: getObjectTagging,
  },
  ...lockRows,
  {
    name: 'PutObjectTagging',
    method: 'PUT',
    marks: ['tagging'],
    takes: ['versionId'],
    action: undefined,
    handle: putObjectTagging,
  },
  {
    name: 'DeleteObjectTagging',
    method: 'DELETE',
    marks: ['tagging'],
    takes: ['versionId'],
    action: 's3:DeleteObjectTagging',
    versionAction: 's3:DeleteObjectVersionTagging',
    handle: deleteObjectTagging,
  },
  {
    name: 'GetObject',
    method: 'GET',
    marks: [],
    takes: ['versionId', 'partNumber'],
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    handle: getObject,
  },
  {
    name: 'HeadObject',
    method: 'HEAD',
    marks: [],
    takes: ['versionId', 'partNumber'],
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    handle: headObject,
  },
  {
    name: 'CreateMultipartUpload',
    method: 'POST',
    marks: ['uploads'],
    action: 's3:PutObject',
    handle: createMultipartUpload,
  },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    marks: ['uploadId'],
    action: 's3:PutObject',
    handle: completeMultipartUpload,
  },
  {
    name: 'AbortMultipartUpload',
    method: 'DELETE',
    marks: ['uploadId'],
    action: 's3:AbortMultipartUpload',
    handle: abortMultipartUpload,
  },
  {
    name: 'DeleteObject',
    method: 'DELETE',
    marks: [],
    takes: ['versionId'],
    action: 's3:DeleteObject',
    versionAction: 's3:DeleteObjectVersion',
    handle: deleteObject,
  },
];

/** What a principal has to be allowed. */
export function actionOf(operation: Operation, query: Query): string | undefined {
  const { action, versionAction } = operation;
  return versionAction !== undefined && query.has('versionId') ? versionAction : action;
}

const atLevel =
  (level: Level) =>
  (row: Row): Operation => ({ level, ...row });

export const operations: readonly Operation[] = [
  ...service.map(atLevel('service')),
  ...bucket.map(atLevel('bucket')),
  ...object.map(atLevel('object')),
];

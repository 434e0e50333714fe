// The other operations on buckets, and those of the service.

import { getBucketLocation, getBucketVersioning } from '../handlers/bucket-settings.ts';
import { createBucket } from '../handlers/create-bucket.ts';
import { deleteBucket } from '../handlers/delete-bucket.ts';
import { deleteObjects } from '../handlers/delete-objects.ts';
import { headBucket } from '../handlers/head-bucket.ts';
import { listBuckets } from '../handlers/list-buckets.ts';
import { listObjects } from '../handlers/list-objects.ts';
import { listObjectsV2 } from '../handlers/list-objects-v2.ts';
import { settings } from './bucket-settings.ts';
import { handlersIn } from './handlers-on-demand.ts';
import type { Row } from './operation.ts';

const inListObjectVersions = handlersIn(() => import('../handlers/list-object-versions.ts'));
const inMultipartUploads = handlersIn(() => import('../handlers/multipart-uploads.ts'));
const inPostObject = handlersIn(() => import('../handlers/post-object.ts'));
const inPutBucketVersioning = handlersIn(() => import('../handlers/put-bucket-versioning.ts'));

export const service: readonly Row[] = [
  {
    name: 'ListBuckets',
    method: 'GET',
    marks: [],
    action: 's3:ListAllMyBuckets',
    handle: listBuckets,
  },
];

export const bucket: readonly Row[] = [
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
    handle: inPutBucketVersioning('putBucketVersioning'),
  },
  ...settings,
  {
    name: 'ListMultipartUploads',
    method: 'GET',
    marks: ['uploads'],
    action: 's3:ListBucketMultipartUploads',
    handle: inMultipartUploads('listMultipartUploads'),
  },
  {
    name: 'ListObjectVersions',
    method: 'GET',
    marks: ['versions'],
    action: 's3:ListBucketVersions',
    handle: inListObjectVersions('listObjectVersions'),
  },
  {
    name: 'ListObjectsV2',
    method: 'GET',
    marks: ['list-type'],
    action: 's3:ListBucket',
    handle: listObjectsV2,
  },
  { name: 'ListObjects', method: 'GET', marks: [], action: 's3:ListBucket', handle: listObjects },
  {
    name: 'CreateBucket',
    method: 'PUT',
    marks: [],
    // Policies may ask for the location, which stands in the body: the handler asks.
    action: undefined,
    handle: createBucket,
  },
  { name: 'HeadBucket', method: 'HEAD', marks: [], action: 's3:ListBucket', handle: headBucket },
  {
    name: 'DeleteBucket',
    method: 'DELETE',
    marks: [],
    action: 's3:DeleteBucket',
    handle: deleteBucket,
  },
  {
    name: 'DeleteObjects',
    method: 'POST',
    marks: ['delete'],
    action: undefined,
    handle: deleteObjects,
  },
  { name: 'PostObject', method: 'POST', marks: [], action: undefined, handle: inPostObject('postObject') },
];

// The operations on objects.

import { completeMultipartUpload } from '../handlers/complete-multipart-upload.ts';
import { copyObject } from '../handlers/copy-object.ts';
import { createMultipartUpload } from '../handlers/create-multipart-upload.ts';
import { deleteObject } from '../handlers/delete-object.ts';
import { getObject, headObject } from '../handlers/get-object.ts';
import { abortMultipartUpload, listParts } from '../handlers/multipart-uploads.ts';
import { putObject } from '../handlers/put-object.ts';
import { uploadPart } from '../handlers/upload-part.ts';
import { handlersIn } from './handlers-on-demand.ts';
import type { Row } from './operation.ts';

const inAcl = handlersIn(() => import('../handlers/acl.ts'));
const inGetObjectAttributes = handlersIn(() => import('../handlers/get-object-attributes.ts'));
const inObjectLock = handlersIn(() => import('../handlers/object-lock.ts'));
const inObjectTagging = handlersIn(() => import('../handlers/object-tagging.ts'));
const inRenameObject = handlersIn(() => import('../handlers/rename-object.ts'));
const inRestoreObject = handlersIn(() => import('../handlers/restore-object.ts'));
const inUploadPartCopy = handlersIn(() => import('../handlers/upload-part-copy.ts'));

const copySource = 'x-amz-copy-source';

/** Policies may ask what is set, which stands in the body: the handlers of the puts ask. */
const lockRows: readonly Row[] = [
  {
    name: 'GetObjectRetention',
    method: 'GET',
    marks: ['retention'],
    takes: ['versionId'],
    action: 's3:GetObjectRetention',
    handle: inObjectLock('getObjectRetention'),
  },
  {
    name: 'PutObjectRetention',
    method: 'PUT',
    marks: ['retention'],
    takes: ['versionId'],
    action: undefined,
    handle: inObjectLock('putObjectRetention'),
  },
  {
    name: 'GetObjectLegalHold',
    method: 'GET',
    marks: ['legal-hold'],
    takes: ['versionId'],
    action: 's3:GetObjectLegalHold',
    handle: inObjectLock('getObjectLegalHold'),
  },
  {
    name: 'PutObjectLegalHold',
    method: 'PUT',
    marks: ['legal-hold'],
    takes: ['versionId'],
    action: undefined,
    handle: inObjectLock('putObjectLegalHold'),
  },
];

export const object: readonly Row[] = [
  {
    name: 'UploadPartCopy',
    method: 'PUT',
    marks: ['uploadId', 'partNumber'],
    header: copySource,
    action: 's3:PutObject',
    handle: inUploadPartCopy('uploadPartCopy'),
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
    handle: inRenameObject('renameObject'),
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
    name: 'RestoreObject',
    method: 'POST',
    marks: ['restore'],
    takes: ['versionId'],
    action: 's3:RestoreObject',
    handle: inRestoreObject('restoreObject'),
  },
  {
    name: 'GetObjectAcl',
    method: 'GET',
    marks: ['acl'],
    takes: ['versionId'],
    action: 's3:GetObjectAcl',
    versionAction: 's3:GetObjectVersionAcl',
    handle: inAcl('getObjectAcl'),
  },
  {
    name: 'PutObjectAcl',
    method: 'PUT',
    marks: ['acl'],
    takes: ['versionId'],
    action: 's3:PutObjectAcl',
    versionAction: 's3:PutObjectVersionAcl',
    handle: inAcl('putObjectAcl'),
  },
  {
    name: 'GetObjectAttributes',
    method: 'GET',
    marks: ['attributes'],
    takes: ['versionId'],
    action: 's3:GetObjectAttributes',
    versionAction: 's3:GetObjectVersionAttributes',
    handle: inGetObjectAttributes('getObjectAttributes'),
  },
  {
    name: 'GetObjectTagging',
    method: 'GET',
    marks: ['tagging'],
    takes: ['versionId'],
    action: 's3:GetObjectTagging',
    versionAction: 's3:GetObjectVersionTagging',
    handle: inObjectTagging('getObjectTagging'),
  },
  ...lockRows,
  {
    name: 'PutObjectTagging',
    method: 'PUT',
    marks: ['tagging'],
    takes: ['versionId'],
    action: undefined,
    handle: inObjectTagging('putObjectTagging'),
  },
  {
    name: 'DeleteObjectTagging',
    method: 'DELETE',
    marks: ['tagging'],
    takes: ['versionId'],
    action: 's3:DeleteObjectTagging',
    versionAction: 's3:DeleteObjectVersionTagging',
    handle: inObjectTagging('deleteObjectTagging'),
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

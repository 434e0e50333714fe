// The operations on objects.

import { getObjectAcl, putObjectAcl } from '../handlers/acl.ts';
import { completeMultipartUpload } from '../handlers/complete-multipart-upload.ts';
import { copyObject } from '../handlers/copy-object.ts';
import { createMultipartUpload } from '../handlers/create-multipart-upload.ts';
import { deleteObject } from '../handlers/delete-object.ts';
import { getObject, headObject } from '../handlers/get-object.ts';
import { getObjectAttributes } from '../handlers/get-object-attributes.ts';
import { abortMultipartUpload, listParts } from '../handlers/multipart-uploads.ts';
import {
  getObjectLegalHold,
  getObjectRetention,
  putObjectLegalHold,
  putObjectRetention,
} from '../handlers/object-lock.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from '../handlers/object-tagging.ts';
import { putObject } from '../handlers/put-object.ts';
import { renameObject } from '../handlers/rename-object.ts';
import { restoreObject } from '../handlers/restore-object.ts';
import { uploadPart } from '../handlers/upload-part.ts';
import { uploadPartCopy } from '../handlers/upload-part-copy.ts';
import type { Row } from './operation.ts';

const copySource = 'x-amz-copy-source';

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

export const object: readonly Row[] = [
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
    name: 'RestoreObject',
    method: 'POST',
    marks: ['restore'],
    takes: ['versionId'],
    action: 's3:RestoreObject',
    handle: restoreObject,
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

// What the fields of a form mean: the key, and what a PutObject would say in headers.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html

import { ObjectStorageError } from '../../errors.ts';
import { headerOfParameter } from '../headers/header-text.ts';
import { keptHeaders } from '../headers/object-attributes.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { objectTags } from '../tags/tag-set.ts';
import { taggingHeader, taggingText } from '../tags/tagging-header.ts';
import { parseTagging } from '../xml/tagging.ts';
import type { Form } from './form-reader.ts';

type Fields = ReadonlyMap<string, string>;

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how forms write it.
const fileNameMark = '${filename}';

/** The fields as the policy is about them: with the bucket, and with the file's name in its place. */
export function completedFields(
  { fields, fileName = '' }: Pick<Form, 'fields' | 'fileName'>,
  bucket: string,
): Fields {
  const completed = new Map<string, string>();
  for (const [name, value] of fields) {
    const filled = name === 'policy' || !value.includes(fileNameMark);
    completed.set(name, filled ? value : value.replaceAll(fileNameMark, () => fileName));
  }
  if (!completed.has('bucket')) completed.set('bucket', bucket);
  return completed;
}

/** Throws InvalidArgument for a form without a key, AccessDenied for one that is for another bucket. */
export function keyOf(fields: Fields, bucket: string): string {
  if (fields.get('bucket') !== bucket) {
    throw new ObjectStorageError('AccessDenied', {
      message: 'Invalid according to Policy: the form is for another bucket.',
    });
  }
  const key = fields.get('key');
  if (key !== undefined && key !== '') return key;
  throw new ObjectStorageError('InvalidArgument', {
    message:
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
    fields: { ArgumentName: 'key', ArgumentValue: '' },
  });
}

/** What proves who made the form; it is not about the object. */
const notOfObject: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-signature',
  'x-amz-security-token',
]);

/**
 * As they had come with a PutObject. A form copies nothing: a source in it would only get past a bucket's policy that lets
 * in copies of it. Throws InvalidArgument, MalformedXML and InvalidTag for tags.
 */
export function headersOf(fields: Fields): RequestHeaders {
  const headers: Record<string, string> = {};
  for (const [name, value] of fields) {
    const kept = keptHeaders.some((known) => known === name);
    const amazons = name.startsWith('x-amz-') && !notOfObject.has(name) && !name.startsWith('x-amz-copy-');
    const header = name === 'acl' ? 'x-amz-acl' : name;
    if (kept || amazons || name === 'acl') headers[header] = headerOfParameter(header, value);
  }
  const tagging = fields.get('tagging');
  if (tagging !== undefined)
    headers[taggingHeader] = taggingText(objectTags(parseTagging(Buffer.from(tagging))));
  return headers;
}

/** Of the request, not of the file. Throws PreconditionFailed for what is no form, MalformedPOSTRequest. */
export function boundaryOf(contentType: string | undefined): string {
  const [, quoted, bare] =
    /^multipart\/form-data[ \t]*;(?:[^"]*;)?[ \t]*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(
      contentType ?? '',
    ) ?? [];
  if (!/^multipart\/form-data\b/i.test(contentType ?? '')) {
    throw new ObjectStorageError('PreconditionFailed', {
      fields: { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
    });
  }
  const boundary = quoted ?? bare;
  // RFC 2046 5.1.1: 1 to 70 characters.
  if (boundary !== undefined && boundary.length <= 70) return boundary;
  throw new ObjectStorageError('MalformedPOSTRequest');
}

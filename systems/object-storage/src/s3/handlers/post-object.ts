// PostObject: an upload from an HTML form. Who sends it is proved by the form itself, so everything that is settled before
// other operations begin is settled here, from the fields that stand before the file.
// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html

import type { ObjectInfo } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { claimedChecksum } from '../body/checksum-claim.ts';
import { encryptionHeaders, requestedEncryption } from '../headers/encryption-headers.ts';
import { expirationHeaders, expirationRules } from '../headers/expiration.ts';
import { checksumHeaders, type ResponseHeaders } from '../headers/object-headers.ts';
import { putVersionHeaders } from '../headers/version.ts';
import { formBody } from '../post-policy/form-body.ts';
import { boundaryOf, completedFields, headersOf, keyOf } from '../post-policy/form-fields.ts';
import { readForm } from '../post-policy/form-reader.ts';
import { checkPostPolicy, parsePostPolicy, type SizeRange } from '../post-policy/post-policy.ts';
import { percentEncode, percentEncodePath } from '../target/percent-encoding.ts';
import { postResponse } from '../xml/post-response.ts';
import type { Handler, S3Context, S3Request, S3Response } from './handler.ts';
import { attributesToWrite, type WriteRequest } from './object-to-write.ts';

export const postObject: Handler = async (request, context) => {
  const { bucket } = request;
  const boundary = boundaryOf(request.headers['content-type']);
  // Before anything is read, as for every operation.
  await context.storage.headBucket({ bucket });
  const form = await readForm(request.body({ checksumIsOfBody: false }).chunks, boundary);
  const fields = completedFields(form, bucket);
  const key = keyOf(fields, bucket);
  const { write, sizes } = await authorized(request, context, { fields, key });
  const rules = await expirationRules(context.storage, bucket);
  const info = await context.storage.putObject({
    bucket,
    key,
    attributes: await attributesToWrite(write, context),
    event: 'ObjectCreated:Post',
    origin: () => request.origin(write.access),
    encryption: requestedEncryption(write.headers),
    body: formBody({ file: form.file, sizes, checksum: claimedChecksum(write.headers, { trailer: false }) }),
  });
  const headers = {
    ...encryptionHeaders(info.encryption, write.headers),
    ...putVersionHeaders(info),
    ...expirationHeaders(rules, info),
  };
  return answer(info, { fields, form: request.location, headers });
};

type Fields = ReadonlyMap<string, string>;

/** Whoever signed the form's policy has to be allowed to put the object, and the form to keep to the policy. */
async function authorized(
  request: S3Request,
  { forms, clock }: S3Context,
  { fields, key }: { fields: Fields; key: string },
): Promise<{ write: WriteRequest; sizes: SizeRange | undefined }> {
  const signer = await forms.signerOf(fields);
  const policy = fields.get('policy');
  const sizes =
    policy === undefined
      ? undefined
      : checkPostPolicy(parsePostPolicy(policy), { fields, nowMs: clock.nowMs() });
  const { bucket } = request;
  const headers = headersOf(fields);
  const access = request.accessOf({ ...signer, headers });
  const ground = await access.groundOf('s3:PutObject', { bucket, key });
  if (ground === undefined) throw new ObjectStorageError('AccessDenied');
  return { write: { bucket, key, headers, access, ground }, sizes };
}

/** `form` is where the form was sent: the bucket, in the style of the request. */
function answer(
  info: ObjectInfo,
  { fields, form, ...stored }: { fields: Fields; form: string; headers: ResponseHeaders },
): S3Response {
  const { bucket, key } = info;
  const etag = `"${info.etag}"`;
  const location = `${form.replace(/\/$/, '')}/${percentEncodePath(key)}`;
  const redirect = redirectOf(fields);
  if (redirect !== undefined) {
    const query = `bucket=${percentEncode(bucket)}&key=${percentEncode(key)}&etag=${percentEncode(etag)}`;
    redirect.search = redirect.search === '' ? query : `${redirect.search}&${query}`;
    return { status: 303, headers: { etag, location: redirect.href } };
  }
  const headers = {
    etag,
    location,
    ...checksumHeaders(info.checksum),
    ...stored.headers,
  };
  const status = statuses.find((known) => String(known) === fields.get('success_action_status')) ?? 204;
  if (status !== 201) return { status, headers };
  const text = postResponse({ location, bucket, key, etag: info.etag });
  return { status, headers, body: { kind: 'xml', text } };
}

const statuses = [200, 201, 204] as const;

/** What is no address of the web is taken for none. */
function redirectOf(fields: Fields): URL | undefined {
  const address = fields.get('success_action_redirect') ?? fields.get('redirect') ?? '';
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

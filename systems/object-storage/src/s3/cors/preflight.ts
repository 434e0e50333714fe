// The preflight of a browser, and what CORS adds to every other answer. Neither asks who the client is: a bucket's rules
// are what a browser needs to know before it may say that.

import type { BucketConfiguration, ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { documentOf } from '../access/documents.ts';
import type { S3Response } from '../handlers/handler.ts';
import { corsHeadersMax } from '../limits.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { type CorsRule, corsHeadersOf, corsRuleFor } from './cors-rules.ts';

type Storage = Pick<ObjectStorage, 'bucketConfiguration'>;

/** Throws BadRequest for what is no preflight, AccessForbidden, NoSuchBucket. */
export async function preflight(
  { bucket, headers }: { bucket: string; headers: RequestHeaders },
  storage: Storage,
): Promise<S3Response> {
  const { origin, 'access-control-request-method': method } = headers;
  if (origin === undefined) throw bad('Insufficient information. Origin request header needed.');
  if (method === undefined) throw bad('Invalid Access-Control-Request-Method: null');
  const rules = bucket === '' ? undefined : await rulesOf(bucket, storage);
  if (rules === undefined) throw forbidden('CORSResponse: CORS is not enabled for this bucket.', method);
  const question = { origin, method, headers: namesIn(headers['access-control-request-headers']) };
  const rule = question.headers.length <= corsHeadersMax ? corsRuleFor(rules, question) : undefined;
  if (rule === undefined) throw forbidden(undefined, method);
  return { status: 200, headers: corsHeadersOf(rule, question) };
}

/** Headers for the answer to a request with an Origin, whatever the answer is; none when no rule is for it. */
export async function corsHeadersFor(
  { bucket, method, headers }: { bucket: string; method: string; headers: RequestHeaders },
  storage: Storage,
): Promise<Readonly<Record<string, string>>> {
  const { origin, 'access-control-request-method': asked } = headers;
  if (origin === undefined || bucket === '') return {};
  const rules = await rulesOf(bucket, storage).catch(noneWhenAbsent);
  const question = { origin, method: asked ?? method, headers: [] };
  const rule = rules && corsRuleFor(rules, question);
  return rule === undefined ? {} : corsHeadersOf(rule, question);
}

const known = new WeakMap<BucketConfiguration, readonly CorsRule[] | undefined>();

async function rulesOf(bucket: string, storage: Storage): Promise<readonly CorsRule[] | undefined> {
  const configuration = await storage.bucketConfiguration({ bucket });
  if (!known.has(configuration)) known.set(configuration, documentOf(configuration, 'cors'));
  return known.get(configuration);
}

function noneWhenAbsent(error: unknown): undefined {
  if (error instanceof ObjectStorageError && error.code === 'NoSuchBucket') return undefined;
  throw error;
}

function namesIn(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function bad(message: string): ObjectStorageError {
  return new ObjectStorageError('BadRequest', { message });
}

function forbidden(message: string | undefined, method: string): ObjectStorageError {
  return new ObjectStorageError('AccessForbidden', {
    ...(message !== undefined && { message }),
    fields: { Method: method, ResourceType: 'BUCKET' },
  });
}

// A bucket's policy: AWS's language, as identity compiles it, within what Amazon S3 takes of it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html

import { type CompiledPolicy, Glob, globTokens, IdentityError, parsePolicy } from '@cairn/identity';
import { ObjectStorageError } from '../../errors.ts';
import { isPublicStatement, type PolicyStatement } from './public-statement.ts';
import { isConditionKey, namesAction } from './s3-actions.ts';

/** No policy of identity can have this name: a decision tells by it what let somebody in. */
export const bucketPolicyName = 'bucket policy';

/** One that was checked before it was stored. */
export function compileBucketPolicy(text: string): CompiledPolicy {
  return parsePolicy(text, { kind: 'resource', name: bucketPolicyName });
}

/** Throws MalformedPolicy, PolicyTooLarge. */
export function checkBucketPolicy(text: string, bucket: string): void {
  if (!text.startsWith('{')) {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  try {
    compileBucketPolicy(text);
  } catch (error) {
    throw refusalOf(error);
  }
  for (const statement of statementsOf(text)) checkStatement(statement, bucket);
}

/** Whether a policy that was checked lets everyone in, by Amazon's meaning of public. */
export function isPublicPolicy(text: string): boolean {
  return statementsOf(text).some(isPublicStatement);
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof IdentityError)) return error;
  if (error.code !== 'LimitExceeded') return malformed(error.message, error);
  return new ObjectStorageError('PolicyTooLarge', { message: error.message, cause: error });
}

function statementsOf(text: string): readonly PolicyStatement[] {
  const { Statement } = JSON.parse(text) as { Statement: PolicyStatement | readonly PolicyStatement[] };
  return Array.isArray(Statement) ? Statement : [Statement as PolicyStatement];
}

function checkStatement(statement: PolicyStatement, bucket: string): void {
  if (statement.Effect === 'Allow' && statement.NotPrincipal !== undefined) {
    throw malformed('Allow with NotPrincipal is not allowed.');
  }
  for (const action of textsOf(statement.Action ?? statement.NotAction)) {
    if (!namesAction(action)) throw malformed('Policy has invalid action', undefined, { Detail: action });
  }
  for (const resource of textsOf(statement.Resource ?? statement.NotResource)) {
    if (!isOfBucket(resource, bucket)) {
      throw malformed('Policy has invalid resource', undefined, { Detail: resource });
    }
  }
  for (const keys of Object.values((statement.Condition ?? {}) as Readonly<Record<string, object>>)) {
    const unknown = Object.keys(keys).find((key) => !isConditionKey(key));
    if (unknown !== undefined) {
      throw malformed('Policy has an invalid condition key', undefined, { Detail: unknown });
    }
  }
}

/** The bucket, or objects in it: with wildcards it has to be among what is meant. */
function isOfBucket(resource: string, bucket: string): boolean {
  const [, name] = /^arn:(?:aws|\*):s3:::([^/]*)/.exec(resource) ?? [];
  if (name === undefined) return false;
  return name.includes('${') || new Glob(globTokens(name)).matches(bucket);
}

export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}

function malformed(
  message: string,
  cause?: unknown,
  fields: Readonly<Record<string, string>> = {},
): ObjectStorageError {
  return new ObjectStorageError('MalformedPolicy', { message, fields, cause });
}

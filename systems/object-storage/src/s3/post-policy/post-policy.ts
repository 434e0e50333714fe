// The policy of a form: what its fields and its file have to be, signed by whoever made the form.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
//
//   { "expiration": "2026-01-31T12:00:00.000Z",
//     "conditions": [ { "bucket": "photos" },                           equal
//                     [ "eq", "$acl", "private" ],                      the same
//                     [ "starts-with", "$key", "user/anna/" ],
//                     [ "content-length-range", 1, 1048576 ] ] }        bytes of the file

import { ObjectStorageError } from '../../errors.ts';

export type SizeRange = { readonly minBytes: number; readonly maxBytes: number };

type Condition =
  | { readonly kind: 'eq' | 'starts-with'; readonly field: string; readonly value: string }
  | ({ readonly kind: 'size' } & SizeRange);

export type PostPolicy = { readonly expiresMs: number; readonly conditions: readonly Condition[] };

/** From the form's field: base64 of JSON. Throws InvalidPolicyDocument. */
export function parsePostPolicy(field: string): PostPolicy {
  const document = objectOf(jsonOf(field), 'it must be an object');
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  return { expiresMs: expirationOf(expiration), conditions: conditions.map(conditionOf) };
}

function jsonOf(field: string): unknown {
  const bytes = Buffer.from(field, 'base64');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('Invalid JSON.', cause);
  }
}

function objectOf(value: unknown, wanted: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(`Invalid JSON: ${wanted}.`);
}

const dateForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;

function expirationOf(value: unknown): number {
  const timeMs = typeof value === 'string' && dateForm.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(timeMs)) return timeMs;
  throw invalid(`Invalid 'expiration' value: ${JSON.stringify(value)}`);
}

function conditionOf(value: unknown): Condition {
  if (Array.isArray(value)) return listCondition(value);
  const entries = Object.entries(objectOf(value, 'a condition must be an object or a list'));
  if (entries.length !== 1) {
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  }
  const [field, expected] = entries[0]!;
  return { kind: 'eq', field: field.toLowerCase(), value: textOf(expected) };
}

function listCondition(list: readonly unknown[]): Condition {
  const operator = typeof list[0] === 'string' ? list[0].toLowerCase() : '';
  if (list.length !== 3) throw invalid(`Invalid '${operator}' condition: wrong number of arguments.`);
  if (operator === 'content-length-range') return { kind: 'size', ...sizeRangeOf(list) };
  if (operator !== 'eq' && operator !== 'starts-with') {
    throw invalid(`Invalid Condition: unknown operation '${operator}'.`);
  }
  const field = typeof list[1] === 'string' ? list[1] : '';
  if (!field.startsWith('$'))
    throw invalid(`Invalid '${operator}' condition: the field must begin with '$'.`);
  return { kind: operator, field: field.slice(1).toLowerCase(), value: textOf(list[2]) };
}

function sizeRangeOf([, min, max]: readonly unknown[]): SizeRange {
  const [minBytes, maxBytes] = [Number(min), Number(max)];
  if (
    Number.isSafeInteger(minBytes) &&
    Number.isSafeInteger(maxBytes) &&
    0 <= minBytes &&
    minBytes <= maxBytes
  ) {
    return { minBytes, maxBytes };
  }
  throw invalid(
    "Invalid 'content-length-range' condition: it must have two sizes in bytes, the smaller first.",
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw invalid('Invalid Condition: a value must be a string.');
}

/** `cause` is for the log. */
function invalid(message: string, cause?: unknown): ObjectStorageError {
  return new ObjectStorageError('InvalidPolicyDocument', { message: `Invalid Policy: ${message}`, cause });
}

/**
 * Checks the fields of a form, with `bucket` among them, and gives the sizes that its file may have. Throws AccessDenied
 * for a policy that expired, a condition that fails, and a field that no condition is about.
 */
export function checkPostPolicy(
  { expiresMs, conditions }: PostPolicy,
  { fields, nowMs }: { fields: ReadonlyMap<string, string>; nowMs: number },
): SizeRange | undefined {
  if (nowMs > expiresMs) throw denied('Policy expired.');
  const named = new Set<string>();
  let range: SizeRange | undefined;
  for (const condition of conditions) {
    if (condition.kind === 'size') range = narrowed(range, condition);
    else if (holds(condition, fields.get(condition.field))) named.add(condition.field);
    else throw denied(`Policy Condition failed: ${shown(condition)}`);
  }
  const extra = [...fields.keys()].filter((field) => !named.has(field) && !needsNoCondition(field));
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`);
  return range;
}

function holds({ kind, field, value }: Extract<Condition, { field: string }>, actual = ''): boolean {
  if (kind === 'eq') return actual === value;
  // Of several types each has to fit.
  const values = field === 'content-type' ? actual.split(',').map((type) => type.trim()) : [actual];
  return values.every((one) => one.startsWith(value));
}

function narrowed(range: SizeRange | undefined, other: SizeRange): SizeRange {
  return {
    minBytes: Math.max(range?.minBytes ?? 0, other.minBytes),
    maxBytes: Math.min(range?.maxBytes ?? other.maxBytes, other.maxBytes),
  };
}

/** What proves who made the policy, what is ignored, and what only says how the file has to be. */
function needsNoCondition(field: string): boolean {
  return (
    ['policy', 'signature', 'awsaccesskeyid', 'x-amz-signature', 'file'].includes(field) ||
    field.startsWith('x-ignore-') ||
    field.startsWith('x-amz-checksum-')
  );
}

function shown({ kind, field, value }: Extract<Condition, { field: string }>): string {
  return JSON.stringify([kind, `$${field}`, value]);
}

function denied(message: string): ObjectStorageError {
  return new ObjectStorageError('AccessDenied', { message: `Invalid according to Policy: ${message}` });
}

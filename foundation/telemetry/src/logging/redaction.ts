// Log fields made safe to write: secrets masked by the name of their key, errors as data, depth bounded.
//
// Masking goes by name and errs on the side of masking: `continuationToken` is masked too. It is the second line: the
// first is that nobody hands a secret to a log.

import { logDepthMax, redactionNamesMax } from '../limits.ts';

export const redacted = '(redacted)';
const tooDeep = '(too deep)';

const secretNames = [
  'authorization',
  'secret',
  'password',
  'passphrase',
  'token',
  'privatekey',
  'cookie',
  'credential',
];

/** A copy of the fields as plain data for JSON. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return redactObject(fields, 0);
}

export function isSecretName(name: string): boolean {
  const known = decided.get(name);
  if (known !== undefined) return known;
  const letters = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  const secret = secretNames.some((word) => letters.includes(word));
  if (decided.size < redactionNamesMax) decided.set(name, secret);
  return secret;
}

const decided = new Map<string, boolean>();

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= logDepthMax) return tooDeep;
  if (value instanceof Error) return errorFields(value, depth);
  if (Array.isArray(value)) return value.map((entry) => redactValue(entry, depth + 1));
  if (value instanceof Uint8Array) return `(${value.byteLength} bytes)`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (value instanceof URL) return urlWithoutPassword(value);
  return redactObject(value as Readonly<Record<string, unknown>>, depth + 1);
}

function redactObject(fields: Readonly<Record<string, unknown>>, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const mask = value !== undefined && isSecretName(name);
    result[name] = mask ? redacted : redactValue(value, depth);
  }
  return result;
}

function errorFields(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code: redactValue(code, depth + 1) }),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, depth + 1) } : {}),
  };
}

function urlWithoutPassword(url: URL): string {
  const copy = new URL(url);
  if (copy.password !== '') copy.password = 'redacted';
  return copy.href;
}

// Records that are JSON inside their envelope. Parsed once, by a schema, into a type that can be trusted; what a schema
// refuses is not written either.

import assert from 'node:assert/strict';
import type { z } from 'zod';
import { damaged, unknownFormat } from '../damaged.ts';

/** Schemas are interpreted: a function that is generated for each costs more than the few records that a command reads. */
const parameters = { jitless: true } as const;

/** Members come in the order of the schema, so equal records are equal bytes. A record that the schema refuses is a bug. */
export function encodeJson(record: unknown, schema: z.ZodType): Buffer {
  const checked = schema.safeParse(record, parameters);
  assert(checked.success, `a record that nobody could read: ${problemOf(checked)}`);
  return Buffer.from(JSON.stringify(checked.data), 'utf8');
}

/** Throws `damaged`, naming the object and the member. */
export function decodeJson<Schema extends z.ZodType>(
  payload: Uint8Array,
  object: string,
  schema: Schema,
): z.output<Schema> {
  const checked = schema.safeParse(parseJson(payload, object), parameters);
  if (!checked.success) throw damaged(object, problemOf(checked));
  return checked.data;
}

/** Throws `unknown-format` when `member` is there, of its type, but says what this version does not know. */
export function expectKnown(
  payload: Uint8Array,
  object: string,
  member: string,
  known: readonly (string | number)[],
): void {
  const value = (parseJson(payload, object) as Readonly<Record<string, unknown>> | null)?.[member];
  if (typeof value !== typeof known[0] || known.includes(value as string | number)) return;
  throw unknownFormat(object, `its ${member} is ${JSON.stringify(value)}`);
}

function parseJson(payload: Uint8Array, object: string): unknown {
  try {
    return JSON.parse(strictUtf8.decode(payload));
  } catch (cause) {
    throw damaged(object, 'it is not JSON', cause);
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** "root.chunks.0: ..." of the first member that is wrong. A schema's messages never hold the value: it may be a secret. */
function problemOf(result: z.ZodSafeParseResult<unknown>): string {
  const issue = result.error?.issues[0];
  return issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
}

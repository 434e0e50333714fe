// Records that are JSON inside their envelope. Parsed once, by a shape, into a type that can be trusted; what a shape
// refuses is not written either.

import assert from 'node:assert/strict';
import { damaged, unknownFormat } from '../damaged.ts';
import { Misshapen, type Shape } from './shape.ts';

/** Members come in the order of the shape, so equal records are equal bytes. A record that the shape refuses is a bug. */
export function encodeJson(record: unknown, shape: Shape<unknown>): Buffer {
  return Buffer.from(JSON.stringify(checked(record, shape)), 'utf8');
}

function checked(record: unknown, shape: Shape<unknown>): unknown {
  try {
    return shape(record, []);
  } catch (error) {
    assert(!(error instanceof Misshapen), `a record that nobody could read: ${error}`);
    throw error;
  }
}

/** Throws `damaged`, naming the object and the member. */
export function decodeJson<Value>(payload: Uint8Array, object: string, shape: Shape<Value>): Value {
  const record = parseJson(payload, object);
  try {
    return shape(record, []);
  } catch (error) {
    throw error instanceof Misshapen ? damaged(object, error.message) : error;
  }
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

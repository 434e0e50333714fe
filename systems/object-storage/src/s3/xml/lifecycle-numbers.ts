// Numbers and dates of lifecycle rules.

import { ObjectStorageError } from '../../errors.ts';
import type { XmlNode } from './xml-reader.ts';
import { malformed, trimmedTextOf } from './xml-schema.ts';

const int32Max = 2 ** 31 - 1;

/** A whole number, also a negative one. Throws MalformedXML. */
export function integerOf(node: XmlNode, { max = int32Max }: { max?: number } = {}): number {
  const text = trimmedTextOf(node)!;
  const number = Number(text);
  if (!/^[+-]?\d+$/.test(text) || Math.abs(number) > max) throw malformed();
  return number;
}

/** Throws MalformedXML, and InvalidArgument for a number that is not positive. */
export function positiveOf(node: XmlNode, { name, action }: { name: string; action: string }): number {
  const number = integerOf(node);
  if (number > 0) return number;
  throw new ObjectStorageError('InvalidArgument', {
    message: `'${name}' for ${action} action must be a positive integer`,
  });
}

/** Milliseconds since the epoch. Throws MalformedXML, and InvalidArgument for what is not midnight. */
export function midnightOf(node: XmlNode): number {
  const text = trimmedTextOf(node)!;
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) throw malformed();
  // A time without a zone is one of UTC.
  const zoned = !text.includes('T') || /(Z|[+-]\d\d:?\d\d)$/.test(text);
  const dateMs = Date.parse(zoned ? text : `${text}Z`);
  if (Number.isNaN(dateMs)) throw malformed();
  if (dateMs % dayMs === 0) return dateMs;
  throw new ObjectStorageError('InvalidArgument', { message: "'Date' must be at midnight GMT" });
}

const dayMs = 86_400_000;

// What a field is in TypeScript: its type, the value that it has in versions without it, and whether it may be left out.

import type { Field, MessageSchema, Struct } from './schema.ts';
import { conditionOf, intersect, isEmpty } from './version-range.ts';

const scalarTypes: Readonly<Record<string, string>> = {
  bool: 'boolean',
  int8: 'number',
  int16: 'number',
  uint16: 'number',
  int32: 'number',
  uint32: 'number',
  int64: 'number',
  float64: 'number',
  string: 'string',
  uuid: 'Uuid',
  bytes: 'Uint8Array',
  records: 'Records',
};

/** Without null, and of all elements when it is an array. */
export function typeOf(field: Field): string {
  const element = field.isStruct ? field.type : scalarTypes[field.type];
  if (element === undefined) throw new Error(`nothing is known of the type '${field.type}'`);
  return field.isArray ? `readonly ${element}[]` : element;
}

export function isNullable(field: Field, struct: Struct): boolean {
  return !isEmpty(intersect(intersect(field.nullable, field.versions), struct.valid));
}

/** Undefined for a struct that may be absent as a whole. */
export function defaultOf(field: Field, struct: Struct): string {
  if (field.defaultText === 'null') return 'null';
  if (field.isArray) return '[]';
  if (field.isStruct) return isNullable(field, struct) ? 'null' : 'undefined';
  switch (field.type) {
    case 'string':
      return `'${field.defaultText ?? ''}'`;
    case 'bool':
      return field.defaultText ?? 'false';
    case 'uuid':
      return 'zeroUuid';
    case 'bytes':
      return 'noBytes';
    case 'records':
      return 'null';
    default:
      return numberText(field.defaultText ?? '0');
  }
}

/** What no double can hold is written as the nearest one. */
function numberText(text: string): string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? String(value) : `2 ** 63`;
}

/** Whether who makes a message may leave the field out: then it is not sent, or has its default. */
export function isOptional(field: Field, struct: Struct, schema: MessageSchema): boolean {
  if (field.isStruct && !field.isArray && !isNullable(field, struct)) return !isAlways(field, struct);
  return schema.kind === 'response' && (!isAlways(field, struct) || field.defaultText !== undefined);
}

/** In every version of its struct, and in its place. */
export function isAlways(field: Field, struct: Struct): boolean {
  return isEmpty(field.tagged) && conditionOf(field.versions, struct.valid) === true;
}

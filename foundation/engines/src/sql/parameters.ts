// The parameters of a statement: their types, the markers that stand for them while it is built, and the check of the
// values that are bound later. The check is what makes every engine refuse the same values: SQLite would store U+0000
// and turn 2^53 into a float, PostgreSQL would not.

import assert from 'node:assert/strict';
import type { SqlValue } from './sql.ts';

/** The types a parameter can have; `?` allows null. */
type ParameterTypes = {
  text: string;
  'text?': string | null;
  integer: number;
  'integer?': number | null;
  blob: Uint8Array;
  'blob?': Uint8Array | null;
};

export type ParameterType = keyof ParameterTypes;
export type ParameterSpec = Readonly<Record<string, ParameterType>>;
export type ParametersOf<P extends ParameterSpec> = { readonly [K in keyof P]: ParameterTypes[P[K]] };

/** Stands for a parameter while Kysely builds the statement. */
export class ParameterMarker {
  readonly name: string;
  readonly type: ParameterType;

  constructor(name: string, type: ParameterType) {
    this.name = name;
    this.type = type;
  }
}

/** Fails unless the values are exactly those that the statement declares, each of its type. */
export function assertParameters(spec: ParameterSpec, values: Readonly<Record<string, SqlValue>>): void {
  for (const name in spec) {
    const value = values[name];
    assert(value !== undefined, `a statement needs the parameter "${name}", which is missing`);
    assertType(name, spec[name]!, value);
  }
  for (const name in values) assert(name in spec, `a statement has no parameter "${name}"`);
}

function assertType(name: string, type: ParameterType, value: SqlValue): void {
  if (value === null) {
    assert(type.endsWith('?'), `the parameter "${name}" is null, but must be ${type}`);
  } else if (typeof value === 'string') {
    assert(type.startsWith('text'), `the parameter "${name}" is a text, but must be ${type}`);
    assert(!value.includes('\0'), `the parameter "${name}" holds U+0000, which a text column cannot store`);
    assert(value.isWellFormed(), `the parameter "${name}" holds a lone surrogate, which has no UTF-8 form`);
  } else if (typeof value === 'number') {
    assert(type.startsWith('integer'), `the parameter "${name}" is a number, but must be ${type}`);
    assert(
      Number.isSafeInteger(value),
      `the parameter "${name}" is ${value}, not an integer within 2^53 - 1`,
    );
  } else {
    assert(value instanceof Uint8Array, `the parameter "${name}" is of no SQL type`);
    assert(type.startsWith('blob'), `the parameter "${name}" is a blob, but must be ${type}`);
  }
}

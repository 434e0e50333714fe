// The parameters of a statement: their types, the markers that stand for them while it is built, and the check of the
// values that are bound later. The check is what makes every engine refuse the same values: SQLite would store U+0000
// and turn 2^53 into a float, PostgreSQL would not.
//
// A parameter may be a table of rows, which the statement selects from by the parameter's name: what is done to many rows
// is then one statement, where each would be a round trip to a server.

import assert from 'node:assert/strict';
import type { AliasedExpression } from 'kysely';
import type { SqlValue } from '../sql.ts';

/** The types a parameter can have; `?` allows null. */
type ParameterTypes = {
  text: string;
  'text?': string | null;
  integer: number;
  'integer?': number | null;
  blob: Uint8Array;
  'blob?': Uint8Array | null;
};

export type ScalarType = keyof ParameterTypes;
/** The columns of a parameter that is a table of rows. */
export type RowsType = Readonly<Record<string, Exclude<ScalarType, 'blob' | 'blob?'>>>;
export type ParameterType = ScalarType | RowsType;
export type ParameterSpec = Readonly<Record<string, ParameterType>>;
type RowOf<R extends RowsType> = { readonly [K in keyof R]: ParameterTypes[R[K]] };

/** What is bound. */
export type ParametersOf<P extends ParameterSpec> = {
  readonly [K in keyof P]: P[K] extends ScalarType
    ? ParameterTypes[P[K]]
    : P[K] extends RowsType
      ? readonly RowOf<P[K]>[]
      : never;
};
/** What the builder of a statement gets in its place. */
export type MarkersOf<P extends ParameterSpec> = {
  readonly [K in keyof P]: P[K] extends ScalarType
    ? ParameterTypes[P[K]]
    : P[K] extends RowsType
      ? AliasedExpression<RowOf<P[K]>, K & string>
      : never;
};
export type ParameterRows = readonly Readonly<Record<string, SqlValue>>[];
export type ParameterValue = SqlValue | ParameterRows;

/** Stands for a parameter while Kysely builds the statement. */
export class ParameterMarker<Type extends ParameterType = ParameterType> {
  readonly name: string;
  readonly type: Type;

  constructor(name: string, type: Type) {
    this.name = name;
    this.type = type;
  }
}

/** Checks values against what a statement declares. It runs for every statement, so a sound value costs no message. */
export class ParameterCheck {
  readonly #spec: ParameterSpec;
  readonly #names: readonly string[];

  constructor(spec: ParameterSpec) {
    this.#spec = spec;
    this.#names = Object.keys(spec);
  }

  /** Fails unless the values are exactly those that the statement declares, each of its type. */
  assert(values: Readonly<Record<string, ParameterValue>>): void {
    for (const name of this.#names) {
      const fault = faultOf(this.#spec[name]!, values[name]);
      if (fault !== undefined) assert.fail(`the parameter "${name}" ${fault}`);
    }
    let count = 0;
    for (const _ in values) count++;
    if (count === this.#names.length) return;
    const extra = Object.keys(values).filter((name) => !(name in this.#spec));
    assert.fail(`a statement has no parameter "${extra.join('", "')}"`);
  }
}

/** What is wrong with a value, as the end of a sentence; undefined when nothing is. */
function faultOf(type: ParameterType, value: ParameterValue | undefined): string | undefined {
  if (typeof type === 'object') return rowsFault(type, value);
  switch (typeof value) {
    case 'string':
      return type === 'text' || type === 'text?' ? textFault(value) : `is a text, but must be ${type}`;
    case 'number':
      if (type !== 'integer' && type !== 'integer?') return `is a number, but must be ${type}`;
      return Number.isSafeInteger(value) ? undefined : `is ${value}, not an integer within 2^53 - 1`;
    case 'undefined':
      return 'is missing';
    default:
      if (value === null) return type.endsWith('?') ? undefined : `is null, but must be ${type}`;
      if (!(value instanceof Uint8Array)) return 'is of no SQL type';
      return type === 'blob' || type === 'blob?' ? undefined : `is a blob, but must be ${type}`;
  }
}

function textFault(text: string): string | undefined {
  if (text.includes('\0')) return 'holds U+0000, which a text column cannot store';
  return text.isWellFormed() ? undefined : 'holds a lone surrogate, which has no UTF-8 form';
}

function rowsFault(columns: RowsType, rows: ParameterValue | undefined): string | undefined {
  if (!Array.isArray(rows)) return 'must be rows';
  for (const [index, row] of (rows as ParameterRows).entries()) {
    for (const name in columns) {
      const fault = faultOf(columns[name]!, row[name]);
      if (fault !== undefined) return `has a row, number ${index}, whose "${name}" ${fault}`;
    }
  }
  return undefined;
}

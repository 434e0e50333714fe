// Values as PostgreSQL sends them (text format) to the port's values, so that both engines give the same for the same:
// numbers for all integers, 1 and 0 for booleans as SQLite has them, plain Uint8Array for bytes.

import type { CustomTypesConfig } from 'pg';
import type { SqlValue } from '../sql.ts';

type Parser = (text: string) => SqlValue;

/** By type oid, from PostgreSQL's pg_type.dat. */
const parsers: Readonly<Record<number, Parser>> = {
  16: (text) => (text === 't' ? 1 : 0), // bool
  17: (text) => Uint8Array.fromHex(text.slice('\\x'.length)), // bytea
  20: parseInteger, // int8
  21: parseInteger, // int2
  23: parseInteger, // int4
  701: Number, // float8
  1700: parseInteger, // numeric: what sum() makes of int8
};

const parseText: Parser = (text) => text;

export const postgresTypes: CustomTypesConfig = {
  getTypeParser: ((oid: number) => parsers[oid] ?? parseText) as CustomTypesConfig['getTypeParser'],
};

/** A value of the database that the port has no form for. */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError';
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new UnreadableValueError(`could not read the number ${text}: wanted is an integer within 2^53 - 1`);
}

// A key's value as text: read from an environment variable or a flag by the type that the key wants, and told to the
// user when it is wrong.

import type { JsonSchema } from './key-tree.ts';

const decimal = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** The value that the text stands for; text that does not fit stays text, so that validation refuses it. */
export function valueOfText(schema: JsonSchema, text: string): unknown {
  const types = typesOf(schema);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if ((types.has('integer') || types.has('number')) && decimal.test(text)) return Number(text);
  if (types.has('string')) return text;
  if (types.has('array') || types.has('object')) return valueOfStructure(types, text);
  return text;
}

/** `an integer from 0 to 65535`, `one of 'debug', 'info'`, `true or false`. */
export function describeWanted(schema: JsonSchema): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.map((value) => quote(value)).join(', ')}`;
  if (schema.const !== undefined) return quote(schema.const);
  if (schema.anyOf !== undefined) {
    return schema.anyOf.map((option) => describeWanted(option as JsonSchema)).join(', or ');
  }
  if (schema.type === 'boolean') return 'true or false';
  if (schema.type === 'integer' || schema.type === 'number') return describeNumber(schema);
  if (schema.type === 'array') return 'a list, as JSON or separated by commas';
  if (schema.type === 'string') return describeString(schema);
  return schema.type === 'object' ? 'an object' : 'a value of another form';
}

/** A value as it would be written: text in quotes, all else as JSON. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
}

function typesOf(schema: JsonSchema): ReadonlySet<unknown> {
  if (schema.anyOf !== undefined) {
    return new Set(schema.anyOf.flatMap((option) => [...typesOf(option as JsonSchema)]));
  }
  if (schema.enum !== undefined) return new Set(schema.enum.map((value) => typeof value));
  if (schema.const !== undefined) return new Set([typeof schema.const]);
  return new Set([schema.type ?? 'string']);
}

function valueOfStructure(types: ReadonlySet<unknown>, text: string): unknown {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return types.has('array') ? text.split(',').map((entry) => entry.trim()) : text;
}

function describeNumber(schema: JsonSchema): string {
  const noun = schema.type === 'integer' ? 'an integer' : 'a number';
  const low = bound(schema.minimum);
  const high = bound(schema.maximum);
  if (low !== undefined && high !== undefined) return `${noun} from ${low} to ${high}`;
  if (low !== undefined) return `${noun} of at least ${low}`;
  return high === undefined ? noun : `${noun} of at most ${high}`;
}

/** Integers are bounded by what a number holds exactly; telling that helps nobody. */
function bound(value: number | undefined): number | undefined {
  return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
}

function describeString(schema: JsonSchema): string {
  if (schema.format !== undefined) return `text in the form of ${schema.format}`;
  if (schema.pattern !== undefined) return `text that matches ${schema.pattern}`;
  return schema.minLength !== undefined && schema.minLength > 0 ? 'text that is not empty' : 'text';
}

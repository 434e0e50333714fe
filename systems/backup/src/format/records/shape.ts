// What a value that came out of JSON must look like, said once for reader and writer. A library for this is a hundred modules, more
// than all else that a command which lists snapshots loads; the few forms that records have need none.
//
// A shape gives the value back, typed, objects as copies with their members in the shape's order. Messages never hold a value: it may
// be a secret.

/** Throws `Misshapen`. */
export type Shape<Value> = (value: unknown, path: Path) => Value;

/** From the record to the value: `root`, `chunks`, `0`. */
export type Path = readonly (string | number)[];

export type ValueOf<Some> = Some extends Shape<infer Value> ? Value : never;

/** "root.chunks.0: is no text of the right form". */
export class Misshapen extends Error {
  constructor(path: Path, problem: string) {
    super(path.length === 0 ? problem : `${path.join('.')}: ${problem}`);
    this.name = 'Misshapen';
  }
}

/** What is wrong with a value, if anything. */
export function problemOf(value: unknown, shape: Shape<unknown>): string | undefined {
  try {
    shape(value, []);
    return undefined;
  } catch (error) {
    if (error instanceof Misshapen) return error.message;
    throw error;
  }
}

export function text(form?: RegExp): Shape<string> {
  return (value, path) => {
    if (typeof value !== 'string') throw new Misshapen(path, 'is no text');
    if (form !== undefined && !form.test(value)) throw new Misshapen(path, 'is no text of the right form');
    return value;
  };
}

/** Of those that a double holds exactly. */
export function whole({ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }): Shape<number> {
  return (value, path) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw new Misshapen(path, 'is no whole number');
    if (value < min || value > max) throw new Misshapen(path, `is not from ${min} to ${max}`);
    return value;
  };
}

export const flag: Shape<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new Misshapen(path, 'is neither true nor false');
  return value;
};

/** Nothing nested. */
export const scalar: Shape<string | number | boolean | null> = (value, path) => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Misshapen(path, 'is not a text, a number, true, false or null');
};

export function oneOf<const Value extends string | number>(...values: readonly Value[]): Shape<Value> {
  return (value, path) => {
    if (!(values as readonly unknown[]).includes(value))
      throw new Misshapen(path, `is not ${values.join(' or ')}`);
    return value as Value;
  };
}

export function list<Item>(item: Shape<Item>, { min = 0 } = {}): Shape<readonly Item[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Misshapen(path, 'is no list');
    if (value.length < min) throw new Misshapen(path, `has fewer than ${min}`);
    return value.map((each, at) => item(each, [...path, at]));
  };
}

/** `shape`, of which `isRight` then holds; `at` is the member whose fault it is else. */
export function such<Value>(
  shape: Shape<Value>,
  isRight: (value: Value) => boolean,
  problem: string,
  at: Path = [],
): Shape<Value> {
  return (value, path) => {
    const checked = shape(value, path);
    if (!isRight(checked)) throw new Misshapen([...path, ...at], problem);
    return checked;
  };
}

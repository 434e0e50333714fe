// Objects of JSON: with members that are known, or as a table from names to values.

import { Misshapen, type Path, type Shape } from './shape.ts';

/** May be absent, but not `undefined`: what is written is what is read. */
export type Optional<Value> = Shape<Value> & { readonly isOptional: true };

type Members = Readonly<Record<string, Shape<unknown>>>;

type NamesOf<Some extends Members, Wanted> = {
  [Name in keyof Some]: Some[Name] extends Optional<unknown>
    ? Wanted extends 'optional'
      ? Name
      : never
    : Wanted extends 'required'
      ? Name
      : never;
}[keyof Some];

export type ObjectOf<Some extends Members> = {
  readonly [Name in NamesOf<Some, 'required'>]: ReturnType<Some[Name]>;
} & { readonly [Name in NamesOf<Some, 'optional'>]?: ReturnType<Some[Name]> };

export function optional<Value>(shape: Shape<Value>): Optional<Value> {
  return Object.assign((value: unknown, path: Path) => shape(value, path), { isOptional: true as const });
}

/** `others` is what becomes of members that `members` lacks: they are left out, kept as they are, or kept if they have a shape. */
export function object<const Some extends Members>(
  members: Some,
  others: 'left out' | 'kept' | Shape<unknown> = 'left out',
): Shape<ObjectOf<Some>> {
  return (value, path) => {
    const given = entriesOf(value, path);
    const known = Object.entries(members).flatMap(([name, shape]) => {
      if (given.has(name)) return [[name, shape(given.get(name), [...path, name])] as const];
      if ('isOptional' in shape) return [];
      throw new Misshapen([...path, name], 'is not there');
    });
    const rest = others === 'left out' ? [] : [...given].filter(([name]) => !Object.hasOwn(members, name));
    const checked = rest.map(([name, other]) =>
      typeof others === 'function' ? [name, others(other, [...path, name])] : [name, other],
    );
    return Object.fromEntries([...known, ...checked]) as ObjectOf<Some>;
  };
}

/** Any names of a form, all with values of one shape. */
export function table<Value>(name: RegExp, shape: Shape<Value>): Shape<Readonly<Record<string, Value>>> {
  return (value, path) => {
    const entries = [...entriesOf(value, path)].map(([key, each]) => {
      if (!name.test(key)) throw new Misshapen(path, 'has a name that is not of the right form');
      return [key, shape(each, [...path, key])] as const;
    });
    return Object.fromEntries(entries);
  };
}

/** One of several objects, told apart by what they have in `member`. */
export function either<const Some extends Readonly<Record<string, Shape<unknown>>>>(
  member: string,
  shapes: Some,
): Shape<ReturnType<Some[keyof Some]>> {
  return (value, path) => {
    const kind = entriesOf(value, path).get(member);
    if (typeof kind !== 'string' || !Object.hasOwn(shapes, kind))
      throw new Misshapen([...path, member], `is not ${Object.keys(shapes).join(' or ')}`);
    return shapes[kind]!(value, path) as ReturnType<Some[keyof Some]>;
  };
}

/** Without `__proto__`: whoever copies it to another object by assignment changes what that object is. */
function entriesOf(value: unknown, path: Path): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misshapen(path, 'is no object');
  const entries = new Map(Object.entries(value));
  entries.delete('__proto__');
  return entries;
}

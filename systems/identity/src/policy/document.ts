// The JSON of a policy document as it is taken apart: each function says what it wants and where.

import { quoted, syntaxError } from './malformed.ts';

/** A JSON object, with the path at which it stands. */
export type Element = { readonly place: string; readonly members: Readonly<Record<string, unknown>> };

export function elementOf(value: unknown, place: string): Element {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw syntaxError({ place, wanted: `${quoted(value)} must be an object` });
  return { place, members: value as Record<string, unknown> };
}

/** Fails when the object has a member besides those named. */
export function requireKnown({ place, members }: Element, known: readonly string[]): void {
  const unknown = Object.keys(members).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw syntaxError({ place, wanted: `${quoted(unknown)} is not one of ${known.join(', ')}` });
}

export function member({ members }: Element, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

export function optionalText(element: Element, name: string): string | undefined {
  const value = member(element, name);
  if (value === undefined || typeof value === 'string') return value;
  throw syntaxError({ place: `${element.place}.${name}`, wanted: `${quoted(value)} must be a string` });
}

/** A string or an array of strings, as an array; undefined when absent. */
export function optionalTexts(element: Element, name: string): readonly string[] | undefined {
  const value = member(element, name);
  return value === undefined ? undefined : textsOf(value, `${element.place}.${name}`);
}

export function textsOf(value: unknown, place: string): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  if (values.every((item) => typeof item === 'string')) return values;
  throw syntaxError({ place, wanted: `${quoted(value)} must be a string or an array of strings` });
}

// Values of options, parsed where they are given, so that a mistake is told with the option's name.

import { CommandFailed } from '../exit-codes.ts';

/** A parser of whole numbers for an option, from `least` to `most`. */
export function wholeNumber(option: string, least = 0, most = 1e15): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    const wanted = least > 0 ? `a whole number, ${least} to ${most}` : 'a whole number';
    throw new CommandFailed('usage', `could not use ${option} '${text}': wanted is ${wanted}`);
  };
}

/** `NAME=VALUE` pairs of an option that may be repeated. */
export function pairsOf(option: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw new CommandFailed('usage', `could not use ${option} '${text}': wanted is NAME=VALUE`);
    }),
  );
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the management API takes for a place in a partition: `15m` is so long before now, all else is left to it. */
export function placeText(text: string): string {
  const [, number, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (number === undefined) return text;
  return new Date(Date.now() - Number(number) * units[unit!]!).toISOString();
}

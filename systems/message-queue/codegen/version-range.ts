// Ranges of versions as Kafka's schemas write them: "0+", "3-11", "7", "none".

export type VersionRange = { readonly from: number; readonly to: number };

export const noVersions: VersionRange = { from: 0, to: -1 };

export function parseVersions(text: string): VersionRange {
  if (text === 'none') return noVersions;
  const match = /^(\d+)(?:(\+)|-(\d+))?$/.exec(text);
  if (match === null) throw new Error(`'${text}' is no range of versions`);
  const from = Number(match[1]);
  if (match[2] === '+') return { from, to: Number.POSITIVE_INFINITY };
  return { from, to: match[3] === undefined ? from : Number(match[3]) };
}

export function intersect(a: VersionRange, b: VersionRange): VersionRange {
  return { from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
}

export function isEmpty(range: VersionRange): boolean {
  return range.from > range.to;
}

/** What is left of `a` without `b`, which begins or ends it or misses it. */
export function without(a: VersionRange, b: VersionRange): VersionRange {
  const both = intersect(a, b);
  if (isEmpty(both)) return a;
  if (both.from === a.from) return { from: both.to + 1, to: a.to };
  if (both.to === a.to) return { from: a.from, to: both.from - 1 };
  throw new Error('a range of versions with a hole in it');
}

/** The test of `version` for being in `range`, where it is known to be in `valid`: code, or what it always is. */
export function conditionOf(range: VersionRange, valid: VersionRange): string | boolean {
  const both = intersect(range, valid);
  if (isEmpty(both)) return false;
  const tests = [
    ...(both.from > valid.from ? [`version >= ${both.from}`] : []),
    ...(both.to < valid.to ? [`version <= ${both.to}`] : []),
  ];
  return tests.length === 0 ? true : tests.join(' && ');
}

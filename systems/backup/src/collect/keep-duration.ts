// Durations of forget policies: `1y5m7d2h` is a year, five months, seven days and two hours, in the calendar of a time zone.

import { BackupError } from '../errors.ts';

export type KeepDuration = {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
};

const units = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const;
const digitsMax = 6;

/**
 * Reads `1y5m7d2h`; units may come in any order, each once. Throws `invalid-argument`.
 *
 * ```ts
 * assert.deepEqual(parseKeepDuration('2y14d'), { years: 2, months: 0, days: 14, hours: 0 });
 * ```
 */
export function parseKeepDuration(text: string): KeepDuration {
  const duration = { years: 0, months: 0, days: 0, hours: 0 };
  const pieces = [...text.matchAll(/(\d+)([ymdh])/gy)];
  const seen = new Set(pieces.map(([, , unit]) => unit));
  const isWhole = pieces.map(([piece]) => piece).join('') === text;
  const isLong = pieces.some(([, digits]) => digits!.length > digitsMax);
  if (text === '' || !isWhole || isLong || seen.size < pieces.length) {
    throw new BackupError('invalid-argument', {
      attempted: `read the duration ${JSON.stringify(text)}`,
      detail: 'wanted is a form like 1y5m7d2h: years, months, days, hours',
    });
  }
  for (const [, digits, unit] of pieces) duration[units[unit as keyof typeof units]] = Number(digits);
  return duration;
}

export function formatKeepDuration({ years, months, days, hours }: KeepDuration): string {
  const pieces = [
    [years, 'y'],
    [months, 'm'],
    [days, 'd'],
    [hours, 'h'],
  ] as const;
  return pieces.flatMap(([count, unit]) => (count > 0 ? [`${count}${unit}`] : [])).join('') || '0h';
}

/**
 * The moment that lies so long before: years and months in the calendar, a day that the month lacks runs over into the next
 * (31 March less a month is 3 March, as in restic), days by the wall clock, hours by time that passed.
 */
export function momentBefore(
  moment: Temporal.ZonedDateTime,
  { years, months, days, hours }: KeepDuration,
): Temporal.ZonedDateTime {
  return moment
    .with({ day: 1 })
    .subtract({ years, months })
    .add({ days: moment.day - 1 - days })
    .subtract({ hours });
}

export function isZeroDuration({ years, months, days, hours }: KeepDuration): boolean {
  return years + months + days + hours === 0;
}

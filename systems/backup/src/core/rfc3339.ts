// Times of the world's clock as records have them.

/** RFC 3339 in UTC, to milliseconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}

/** Orders times of records, whose fractions of a second may have zero to nine digits. */
export function compareTimes(left: string, right: string): number {
  const [a, b] = [sortable(left), sortable(right)];
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function sortable(time: string): string {
  const [seconds, fraction = ''] = time.slice(0, -1).split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

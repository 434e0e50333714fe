// The two forms of time that a request may carry: ISO 8601 basic (`20130524T000000Z`) and the Date header's.

export type AmzDate = {
  /** `YYYYMMDDTHHMMSSZ`, as it goes into the string to sign. */
  readonly text: string;
  readonly timeMs: number;
};

/** Requests come many in a second, and say the same. */
let last: AmzDate | undefined;

/** Undefined for any other form, and for times that do not exist. */
export function parseAmzDate(text: string): AmzDate | undefined {
  if (last?.text === text) return last;
  const parsed = parseAnew(text);
  if (parsed !== undefined) last = parsed;
  return parsed;
}

function parseAnew(text: string): AmzDate | undefined {
  if (text.length !== 16 || text[8] !== 'T' || text[15] !== 'Z') return undefined;
  const month = digits(text, 4, 6) - 1;
  const [day, hour] = [digits(text, 6, 8), digits(text, 9, 11)];
  const [minute, second] = [digits(text, 11, 13), digits(text, 13, 15)];
  const timeMs = Date.UTC(digits(text, 0, 4), month, day, hour, minute, second);
  // What does not exist, such as 30 February, was carried over into the next day, month or year.
  const date = new Date(timeMs);
  const exists =
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return exists ? { text, timeMs } : undefined;
}

/** From a Date header (RFC 9110 5.6.7), to the second. */
export function parseDateHeader(text: string): AmzDate | undefined {
  const basic = parseAmzDate(text);
  if (basic !== undefined) return basic;
  const timeMs = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : amzDateOf(timeMs);
}

function amzDateOf(timeMs: number): AmzDate {
  const iso = new Date(timeMs).toISOString();
  return { text: `${iso.slice(0, 19).replaceAll('-', '').replaceAll(':', '')}Z`, timeMs };
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

// Dates of headers, RFC 9110 5.6.7, of which every answer with an object has one: `Sun, 06 Nov 1994 08:49:37 GMT`.
//
// The text of a day is kept; `toUTCString` of every time costs ten times as much.

const dayMs = 86_400_000;
const dayTexts = new Map<number, string>();
const dayTextsMax = 1_000;
const twoDigits = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

export function httpDate(timeMs: number): string {
  const day = Math.floor(timeMs / dayMs);
  const second = Math.floor((timeMs - day * dayMs) / 1_000);
  const hours = twoDigits[Math.floor(second / 3_600)];
  return `${dayText(day)} ${hours}:${twoDigits[Math.floor(second / 60) % 60]}:${twoDigits[second % 60]} GMT`;
}

/** `Sun, 06 Nov 1994`. */
function dayText(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * dayMs).toUTCString().slice(0, -' 00:00:00 GMT'.length);
  if (dayTexts.size >= dayTextsMax) dayTexts.clear();
  dayTexts.set(day, text);
  return text;
}

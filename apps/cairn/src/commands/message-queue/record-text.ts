// Records for people: one line each, whatever is in them.

import type { RecordItem } from '@cairn/message-queue';
import { timeText } from '../../output/time.ts';

/** `0/42  2026-11-28 08:05:09Z  key  value  (header=value)`. */
export function recordLine({ partition, offset, timestampMs, headers, ...record }: RecordItem): string {
  const shown = headers.map(
    (header) => `${lineText(header.key)}=${fieldText(header.value, header.valueBase64)}`,
  );
  const parts = [
    `${partition}/${offset}`,
    timestampMs < 0 ? '-' : timeText(timestampMs),
    fieldText(record.key, record.keyBase64),
    fieldText(record.value, record.valueBase64),
    ...(shown.length === 0 ? [] : [`(${shown.join(', ')})`]),
  ];
  return `${parts.join('  ')}\n`;
}

export function valueLine({ value, valueBase64 }: RecordItem): string {
  return `${fieldText(value, valueBase64)}\n`;
}

/** What is missing is a dash. */
function fieldText(text: string | null | undefined, base64: string | undefined): string {
  if (base64 !== undefined) return `base64:${base64}`;
  return text === null || text === undefined ? '-' : lineText(text);
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control characters must not reach a terminal, and a record is one line. */
function lineText(text: string): string {
  return text.replaceAll(
    /\p{Control}/gu,
    (character) => escapes[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// A place in a partition as people name it: an end, an offset, so many before the end, a time.

import { ApiError } from '@cairn/service';
import type { Partition } from '../../partition/partition.ts';

export type Place =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'end' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'before-end'; readonly records: number }
  | { readonly kind: 'time'; readonly timeMs: number };

const names: Readonly<Record<string, Place>> = {
  beginning: { kind: 'beginning' },
  earliest: { kind: 'beginning' },
  end: { kind: 'end' },
  latest: { kind: 'end' },
};

/** Throws ApiError for what is none. */
export function parsePlace(text: string): Place {
  const named = Object.hasOwn(names, text) ? names[text] : undefined;
  if (named !== undefined) return named;
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  if (/^-\d{1,15}$/.test(text)) return { kind: 'before-end', records: -Number(text) };
  const timeMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isInteger(timeMs)) return { kind: 'time', timeMs };
  throw new ApiError(
    'invalid-request',
    `'${text}' is no place in a partition: wanted is beginning, end, an offset, -N for the last N, or a time such as 2026-01-31T12:00:00Z`,
  );
}

type Located = Pick<Partition, 'startOffset' | 'highWatermark' | 'offsetOfTime'>;

/** Throws ApiError for an offset that the partition does not have. */
export async function offsetOf(place: Place, partition: Located, name: string): Promise<number> {
  const { startOffset, highWatermark } = partition;
  switch (place.kind) {
    case 'beginning':
      return startOffset;
    case 'end':
      return highWatermark;
    case 'before-end':
      return Math.max(startOffset, highWatermark - place.records);
    case 'time':
      return (await partition.offsetOfTime(place.timeMs))?.offset ?? highWatermark;
    case 'offset': {
      const { offset } = place;
      if (offset >= startOffset && offset <= highWatermark) return offset;
      throw new ApiError(
        'invalid-request',
        `${name} has offsets ${startOffset} to ${highWatermark}, not ${offset}`,
      );
    }
    default:
      return place satisfies never;
  }
}

// How the output of a read crosses threads. A page of 1,000 rows takes the receiver half as long to unpack from JSON as
// from a structured clone, which names every column of every row again. What JSON would change goes as a clone.

import type { Result } from '@cairn/world';

export type ReadAnswer = { readonly json: string } | { readonly clone: unknown };

export function encodeAnswer(result: Result<unknown>): Result<ReadAnswer> {
  if (!result.ok) return result;
  const { value } = result;
  return { ok: true, value: survivesJson(value, 0) ? { json: JSON.stringify(value) } : { clone: value } };
}

export function decodeAnswer(answer: ReadAnswer): unknown {
  return 'json' in answer ? JSON.parse(answer.json) : answer.clone;
}

/** Deeper than any row, so that data that contains itself is left to the clone. */
const depthMax = 32;

/** Whether a value comes out of JSON as it went in. */
function survivesJson(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || depth === depthMax) return false;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      if (!survivesJson(value[index], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const name in value) if (!survivesJson((value as Data)[name], depth + 1)) return false;
  return true;
}

type Data = Readonly<Record<string, unknown>>;

// A worker for tests: sums what it is given, and misbehaves on request. Its outputs show the batch they came in.

import type { OpenExecutor, Result } from '../src/index.ts';

export type SumInit = { readonly start: number; readonly refuse?: string };
export type SumInput =
  | { readonly add: number }
  | { readonly fail: string }
  | { readonly uncloneable: true }
  | { readonly die: string };
export type SumOutput = { readonly sum: number; readonly batch: number };

export const openExecutor: OpenExecutor<SumInit, SumInput, SumOutput> = ({ start, refuse }) => {
  if (refuse !== undefined) throw new RangeError(refuse);
  let sum = start;
  let batch = 0;
  const answer = (input: SumInput): Result<SumOutput> => {
    if ('die' in input) throw new Error(input.die);
    if ('fail' in input) return { ok: false, error: new RangeError(input.fail) };
    if ('uncloneable' in input) return { ok: false, error: () => 'a function' };
    sum += input.add;
    return { ok: true, value: { sum, batch } };
  };
  return {
    handle: (inputs) => {
      batch += 1;
      return inputs.map(answer);
    },
    close: () => {},
  };
};

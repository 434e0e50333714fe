// How many bytes of an object made from parts are stored: those of its parts together, encrypted ones as frames.

import type { Transaction } from '@cairn/engines';
import { partBytes } from '../stored-size.ts';
import { partsAfter } from '../uploads.ts';

const partsAtOnce = 1_000;

export function* measureStored(input: { readonly data: string }): Transaction<number> {
  let bytes = 0;
  for (let number = 0; ; ) {
    const page = yield* partsAfter({ upload: input.data, number, limit: partsAtOnce });
    for (const part of page) bytes += partBytes(part);
    if (page.length < partsAtOnce) return bytes;
    number = page.at(-1)!.number;
  }
}

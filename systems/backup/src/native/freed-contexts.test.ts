// What zstd and OpenSSL hold for a thread is given back at its end, once each.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directCipher } from './aead-cipher.ts';
import { type ProgramLibrary, programLibrary } from './program-library.ts';
import { directZstd } from './zstd.ts';

const skip = programLibrary === undefined && 'this Node does not export zstd and OpenSSL';

test('every context that was made is freed when its thread ends', { skip }, () => {
  const made: bigint[] = [];
  const freed: bigint[] = [];
  const watched = new Proxy(programLibrary!, {
    get(library, name: keyof ProgramLibrary) {
      const call = library[name] as (...values: unknown[]) => bigint;
      return (...values: unknown[]) => {
        if (/_free/.test(name)) freed.push(values[0] as bigint);
        const result = call(...values);
        if (/_create|_new$/.test(name)) made.push(result);
        return result;
      };
    },
  });
  const waiting: (() => void)[] = [];
  const freeLater = (free: () => void) => waiting.push(free);
  directZstd(watched, freeLater);
  directCipher(watched, 'aes-256-gcm', freeLater);
  assert.equal(made.length, 4);
  assert.deepEqual(freed, []);
  for (const free of waiting) free();
  assert.deepEqual(freed, made);
});

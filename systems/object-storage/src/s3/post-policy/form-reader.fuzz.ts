// Forms cut anywhere and damaged anywhere: the reader gives the same whatever the cuts, and never hangs, crashes or gives
// more than there is.

import assert from 'node:assert/strict';
import type { Random } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { ObjectStorageError } from '../../errors.ts';
import { formFieldsBytesMax } from '../limits.ts';
import { readForm } from './form-reader.ts';

const boundary = 'AaB03x';

/** Fields, file name and file; or the code of the refusal. */
export type Outcome = { readonly fields: string; readonly file: string } | string;

/** Written by hand after RFC 7578's own example, with what gives trouble: beginnings of the boundary in the file. */
export function formBytes(random: Random): Buffer {
  const pieces = [
    `--${boundary}`,
    '\r\n--Aa',
    '\r',
    '\n',
    '--',
    `\r\n--${boundary.slice(0, -1)}`,
    'z'.repeat(300),
  ];
  const content = Array.from({ length: random.integer(40) }, () => pieces[random.integer(pieces.length)]);
  const field = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const head = `${field('key', 'a\r\nb')}${field('x-amz-meta-a', '')}`;
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n${content.join('').replaceAll(`\r\n--${boundary}`, 'z')}`;
  const more = random.integer(2) === 0 ? '' : `\r\n${field('ignored', 'x')}`.trimEnd();
  return Buffer.from(`${head}${file}${more}\r\n--${boundary}--\r\n`, 'latin1');
}

export async function outcomeOf(bytes: Buffer, cuts: readonly number[]): Promise<Outcome> {
  const pieces = [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
  try {
    const { fields, fileName, file } = await readForm(pieces, boundary);
    const parts: Uint8Array[] = [];
    for await (const part of file) {
      assert(part.length > 0, 'no piece is empty');
      parts.push(part);
    }
    const fieldBytes = [...fields].reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    assert(fieldBytes <= formFieldsBytesMax);
    const content = Buffer.concat(parts);
    assert(content.length < bytes.length);
    return { fields: JSON.stringify([...fields, fileName]), file: content.toString('latin1') };
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return error.code;
  }
}

function cutsOf(bytes: Buffer, random: Random): number[] {
  const count = random.integer(3) === 0 ? bytes.length : random.integer(20);
  return Array.from({ length: count }, () => random.integer(bytes.length + 1)).toSorted((a, b) => a - b);
}

function damaged(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let count = 1 + random.integer(3); count > 0; count--) {
    copy[random.integer(copy.length)] = random.integer(256);
  }
  return random.integer(4) === 0 ? copy.subarray(0, random.integer(copy.length)) : copy;
}

export async function fuzzFormReader(seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const whole = formBytes(random);
  const read = await outcomeOf(whole, []);
  assert(typeof read !== 'string', `seed ${seed}: ${read}`);
  assert.equal(read.fields, JSON.stringify([['key', 'a\r\nb'], ['x-amz-meta-a', ''], 'a.bin']));
  for (const bytes of [whole, damaged(whole, random), damaged(whole, random)]) {
    const once = await outcomeOf(bytes, []);
    assert.deepEqual(await outcomeOf(bytes, cutsOf(bytes, random)), once, `seed ${seed}`);
  }
}

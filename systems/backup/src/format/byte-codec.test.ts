// Integers and strings as bytes: known encodings, any mixture, and what a reader refuses.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { ByteReader, narrowInteger } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

const damaged = { code: 'damaged' };
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const reader = (text: string) => new ByteReader(hex(text), 'the test');

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.finish().toString('hex');
}

test('varints are LEB128, in as few bytes as they need', () => {
  const known: [number, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [2 ** 31, '8080808008'],
    [2 ** 32 + 5, '8580808010'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ];
  for (const [value, bytes] of known) {
    assert.equal(
      written((writer) => writer.varint(value)),
      bytes,
    );
    assert.equal(reader(bytes).varint(), value);
    assert.equal(reader(bytes).wideVarint(), value);
  }
});

test('integers of 64 bits are read as numbers where that is exact, else as bigints', () => {
  for (const value of [0n, 127n, 2n ** 49n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = written((writer) => writer.wideVarint(value));
    assert.equal(reader(bytes).wideVarint(), narrowInteger(value));
    assert.equal(BigInt(reader(bytes).wideVarint()), value);
  }
  assert.equal(
    written((writer) => writer.wideVarint(2n ** 64n - 1n)),
    'ffffffffffffffffff01',
  );
});

test('signed integers alternate: 0, -1, 1, -2', () => {
  const known: [number, string][] = [
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-2, '03'],
    [2 ** 52 - 1, 'feffffffffffff0f'],
    [-(2 ** 52), 'ffffffffffffff0f'],
  ];
  for (const [value, bytes] of known) {
    assert.equal(
      written((writer) => writer.zigzag(value)),
      bytes,
    );
    assert.equal(reader(bytes).zigzag(), value);
  }
});

test('fixed integers are little-endian', () => {
  const bytes = written((writer) => {
    writer.byte(1);
    writer.uint16(0x0203);
    writer.uint32(0xf4050607);
  });
  assert.equal(bytes, '010302070605f4');
  const read = reader(bytes);
  assert.deepEqual([read.byte(), read.uint16(), read.uint32()], [1, 0x0203, 0xf4050607]);
  read.end();
});

test('any mixture that was written is read', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 2_000; round += 1) {
    const value = Math.floor(2 ** (random.float() * 53));
    const signed = value % 2 ** 52;
    const bytes = random.bytes(random.integer(40));
    const text = written((writer) => {
      writer.varint(value);
      writer.zigzag(-signed);
      writer.string(bytes);
      writer.wideVarint(BigInt(value) * 2000n);
    });
    const read = reader(text);
    assert.equal(read.varint(), value);
    assert.equal(read.zigzag() + signed, 0);
    assert.deepEqual(Buffer.from(read.view(read.varint())), bytes);
    assert.equal(BigInt(read.wideVarint()), BigInt(value) * 2000n);
    read.end();
  }
});

test('an integer has one encoding: a longer one than needed is damage', () => {
  for (const bytes of ['8000', 'ff00', '80808000']) {
    assert.throws(() => reader(bytes).varint(), damaged);
    assert.throws(() => reader(bytes).wideVarint(), damaged);
  }
  assert.throws(() => reader('8080808080808000').wideVarint(), damaged);
});

test('integers beyond 53 and 64 bits are damage', () => {
  assert.throws(() => reader('8080808080808010').varint(), damaged);
  assert.throws(() => reader('ffffffffffffffffff').varint(), damaged);
  assert.throws(() => reader('ffffffffffffffffff02').wideVarint(), damaged);
  assert.throws(() => reader(`${'80'.repeat(50)}01`).wideVarint(), damaged);
});

test('a read past the end names the object, the place and what was wanted', () => {
  const message =
    'could not read the test: the repository is damaged (it ends where 4 more bytes were expected, at byte 2)';
  const read = reader('0102 0304');
  read.skip(2);
  assert.throws(() => read.view(4), { code: 'damaged', message });
  assert.throws(() => reader('').byte(), damaged);
  assert.throws(() => reader('').varint(), damaged);
  assert.throws(() => reader('80').varint(), damaged);
  assert.throws(() => reader('80').wideVarint(), damaged);
  assert.throws(() => reader('01').uint16(), damaged);
});

test('a count of more than follows is damage, before anything is allocated', () => {
  assert.equal(reader('02 0000').count(1, 'things'), 2);
  assert.throws(() => reader('03 0000').count(1, 'things'), damaged);
  assert.throws(() => reader('02 000000').count(2, 'things'), damaged);
  assert.throws(() => reader('ffffffffffffff0f').count(32, 'things'), damaged);
  assert.throws(() => reader('05').varintUpTo(4, 'a thing'), damaged);
});

test('what follows the end is damage', () => {
  const read = reader('0101');
  read.byte();
  assert.throws(() => read.end(), damaged);
});

test('what is no integer of its range is a bug of the writer', () => {
  const assertion = { name: 'AssertionError' };
  for (const value of [-1, 0.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => new ByteWriter().varint(value), assertion);
  }
  assert.throws(() => new ByteWriter().wideVarint(2n ** 64n), assertion);
  assert.throws(() => new ByteWriter().wideVarint(-1n), assertion);
  assert.throws(() => new ByteWriter().zigzag(2 ** 52), assertion);
});

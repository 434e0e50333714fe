import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'node:test';
import { pathBytes, pathText } from './path-text.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

test('printable UTF-8 stands as it is', () => {
  for (const text of ['/home/ann', 'Käse 100%.txt', '日本/語', '', '/'])
    assert.equal(pathText(new TextEncoder().encode(text)), text);
});

test('bytes that are not UTF-8 are written as percent and hex', () => {
  assert.equal(pathText(bytesOf('/a\xff%b')), 'raw:/a%ff%25b');
});

test('what would move the cursor or turn the line is not printed', () => {
  for (const name of ['a\nb', 'a\u001b[2Jb', 'a\u202eb', 'a\u2028b', 'a\u007f'])
    assert.match(pathText(new TextEncoder().encode(name)), /^raw:[\x20-\x7e]+$/);
});

test('a name that begins like an escaped one comes back as itself', () => {
  const name = new TextEncoder().encode('raw:%41');
  assert.deepEqual(pathBytes(pathText(name)), name);
  assert.notEqual(pathText(name), 'raw:%41');
});

test('a percent sign without two digits stands for itself', () => {
  assert.deepEqual(pathBytes('raw:%zz%4'), bytesOf('%zz%4'));
});

test('any bytes come back, and no two names have one text', () => {
  const texts = new Map<string, string>();
  for (let round = 0; round < 5_000; round += 1) {
    const bytes = Uint8Array.from(randomBytes(randomInt(0, 5)), (byte) => (byte % 4 ? byte % 128 : byte));
    const text = pathText(bytes);
    assert.deepEqual(pathBytes(text), bytes, text);
    const hex = Buffer.from(bytes).toString('hex');
    assert.equal(texts.get(text) ?? hex, hex);
    texts.set(text, hex);
  }
});

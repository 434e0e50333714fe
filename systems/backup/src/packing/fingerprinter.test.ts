import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { createFingerprinter } from './fingerprinter.ts';

const key = Buffer.from('whats the Elvish word for friend');
const text = Buffer.from('text');

test('BLAKE3 in keyed mode gives what its authors published', () => {
  // test_vectors.json of BLAKE3: inputs count 0 to 250 over and over.
  const vectors: readonly (readonly [number, string])[] = [
    [0, '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26'],
    [1, '6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b'],
    [1024, '75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4'],
  ];
  for (const [length, expected] of vectors) {
    const input = Buffer.from(Array.from({ length }, (_, index) => index % 251));
    assert.equal(fingerprint('blake3', input).toString('hex'), expected);
  }
});

test('HMAC-SHA256 is the other choice', () => {
  assert.deepEqual(fingerprint('sha256', text), createHmac('sha256', key).update(text).digest());
});

for (const name of ['blake3', 'sha256'] as const) {
  test(`${name}: one after the other, to any place of shared memory, none depends on the one before`, () => {
    const fingerprinter = createFingerprinter({ fingerprint: name }, { fingerprintKey: key });
    const memory = new Uint8Array(new SharedArrayBuffer(100)).fill(0xaa);
    fingerprinter(Buffer.from('another'), memory, 0);
    fingerprinter(text, memory, 40);
    assert.deepEqual(Buffer.from(memory.subarray(40, 72)), fingerprint(name, text));
    assert(memory.subarray(32, 40).every((byte) => byte === 0xaa) && memory[72] === 0xaa);
  });

  test(`${name}: another key gives another fingerprint`, () => {
    const other = Buffer.alloc(32);
    createFingerprinter({ fingerprint: name }, { fingerprintKey: Buffer.alloc(32, 1) })(text, other);
    assert.notDeepEqual(other, fingerprint(name, text));
  });
}

function fingerprint(name: 'blake3' | 'sha256', input: Buffer): Buffer {
  const target = Buffer.alloc(32);
  createFingerprinter({ fingerprint: name }, { fingerprintKey: key })(input, target);
  return target;
}

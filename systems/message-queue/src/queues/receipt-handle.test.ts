import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ReceiptHandles } from './receipt-handle.ts';

const key = Buffer.alloc(32, 1);
const handles = new ReceiptHandles(key);
const receipt = { queueId: '0011223344556677', offset: 2 ** 40, receiveNumber: 3 * 2 ** 32 + 1 };

test('a handle opens to what it was sealed with', () => {
  assert.deepEqual(handles.open(handles.seal(receipt), receipt.queueId), receipt);
});

test('a handle is what it says it is, byte by byte', () => {
  const sealed = Buffer.from('01001122334455667700000100000000000000000300000001', 'hex');
  const seal = createHmac('sha256', key).update(sealed).digest().subarray(0, 16);
  assert.equal(handles.seal(receipt), Buffer.concat([sealed, seal]).toString('base64url'));
});

test('a changed bit, another queue, another key, and no handle at all are refused', () => {
  const bytes = Buffer.from(handles.seal(receipt), 'base64url');
  const refused = { code: 'ReceiptHandleIsInvalid' };
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => handles.open(changed.toString('base64url'), receipt.queueId), refused);
  }
  assert.throws(() => handles.open(handles.seal(receipt), '7766554433221100'), refused);
  const others = new ReceiptHandles(Buffer.alloc(32, 2));
  assert.throws(() => others.open(handles.seal(receipt), receipt.queueId), refused);
  for (const text of ['', 'x', '%', 'A'.repeat(1_000)])
    assert.throws(() => handles.open(text, receipt.queueId), refused);
});

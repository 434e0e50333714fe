import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { encodeMasterKeys, MasterKeyFileError, parseMasterKeys } from './master-key-file.ts';

const keys = [
  { id: 'one', createdMs: 1, key: randomBytes(32) },
  { id: 'two', createdMs: 2, key: randomBytes(32) },
];

test('a file of master keys reads back, in order', () => {
  assert.deepEqual(parseMasterKeys(encodeMasterKeys(keys)), keys);
});

test('no bit of the file of master keys rots unnoticed', () => {
  const sound = encodeMasterKeys(keys);
  for (let at = 0; at < sound.byteLength - 1; at++) {
    const rotten = Buffer.from(sound);
    rotten[at]! ^= 1;
    let read: unknown;
    try {
      read = parseMasterKeys(rotten);
    } catch (error) {
      assert(error instanceof MasterKeyFileError, `byte ${at}: ${String(error)}`);
      const secret = keys[0]!.key.toString('base64');
      assert(!error.message.includes(secret.slice(0, 8)), 'the message shows a key');
      continue;
    }
    assert.fail(`byte ${at} was read as ${JSON.stringify(read)}`);
  }
});

test('what is no file of master keys is refused', () => {
  const checksum = '4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945';
  for (const text of ['', 'null', '[]', '{}', '{"format":2}', '{"format":1,"keys":7}']) {
    assert.throws(() => parseMasterKeys(Buffer.from(text)), MasterKeyFileError);
  }
  assert.deepEqual(parseMasterKeys(Buffer.from(`{"format":1,"keys":[],"checksum":"${checksum}"}`)), []);
});

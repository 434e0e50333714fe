import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOfLines, jsonRecord, plainRecord } from './record-lines.ts';

async function groups(...pieces: readonly string[]): Promise<readonly (readonly string[])[]> {
  const all: string[][] = [];
  const input = (async function* () {
    for (const piece of pieces) yield Buffer.from(piece);
  })();
  for await (const group of groupsOfLines(input)) all.push(group.map((line) => line.toString()));
  return all;
}

test('lines that come together are given together, the last one without its end too', async () => {
  assert.deepEqual(await groups('a\nb\nc', 'd\n', '\ne'), [['a', 'b'], ['cd'], [''], ['e']]);
  assert.deepEqual(await groups(), []);
  assert.deepEqual(await groups('a\r\n'), [['a\r']]);
});

test('groups are bounded, and so is a line', async () => {
  const many = await groups('x\n'.repeat(1_200));
  assert.deepEqual(
    many.map((group) => group.length),
    [500, 500, 200],
  );
  const large = await groups(`${'y'.repeat(200_000)}\n`.repeat(4));
  assert.deepEqual(
    large.map((group) => group.length),
    [2, 2],
  );
  await assert.rejects(groups('z'.repeat(3_000_000)), { message: /a line has more than/ });
});

test('a separator may have several characters, and only its first place counts', () => {
  assert.deepEqual(plainRecord(Buffer.from('k=>v=>w'), '=>'), { key: 'k', value: 'v=>w' });
  assert.deepEqual(plainRecord(Buffer.from('=>'), '=>'), { key: '', value: '' });
  assert.throws(() => plainRecord(Buffer.from('value'), '=>'), { message: /no '=>' between/ });
});

test('a line that is no object is told with its number', () => {
  for (const wrong of ['[]', '1', 'null', '{', ''])
    assert.throws(() => jsonRecord(Buffer.from(wrong), 7), { message: /^line 7 is no record in JSON: / });
});

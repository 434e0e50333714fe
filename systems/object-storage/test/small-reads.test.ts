// Small objects that are answered at once are read into memory that is used again: for one answer at a time.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { objectBody, openObjectStorage } from '../src/index.ts';

const bucket = 'small';
const bodies: Readonly<Record<string, string>> = {
  a: 'a'.repeat(4_096),
  b: 'b'.repeat(4_096),
  c: 'c'.repeat(100),
};

async function openWithObjects(t: TestContext) {
  const storage = await openObjectStorage({ directory: await temporaryDirectory(t) });
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  for (const [key, text] of Object.entries(bodies)) {
    const attributes = { headers: {}, userMetadata: {} };
    await storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(text)) });
    // From now on its row and its place are remembered, and its bytes from the next read on.
    (await storage.getObject({ bucket, key })).content.close();
  }
  const lent = (key: string) => {
    const found = storage.getObjectNow({ bucket, key });
    assert(found?.content.whole !== undefined, `${key} is at hand`);
    return { content: found.content, text: () => Buffer.from(found.content.whole!).toString() };
  };
  return lent;
}

test('answers that wait at the same time have memory of their own', async (t) => {
  const lent = await openWithObjects(t);
  const waiting = ['a', 'b', 'c', 'b', 'a'].map((key) => ({ key, ...lent(key) }));
  for (const { key, text } of waiting) assert.equal(text(), bodies[key]);
  for (const { content } of waiting) content.close();
});

test('an answer that is closed twice does not lend its memory to two others', async (t) => {
  const lent = await openWithObjects(t);
  const first = lent('c');
  first.content.close();
  first.content.close();
  const [second, third] = [lent('a'), lent('b')];
  assert.deepEqual([second.text(), third.text()], [bodies.a, bodies.b]);
});

test('bytes that are kept are none of the memory that others are read into', async (t) => {
  const lent = await openWithObjects(t);
  for (let round = 0; round < 4; round++) {
    for (const key of ['a', 'b', 'c']) {
      const { content, text } = lent(key);
      assert.equal(text(), bodies[key], `${key} in round ${round}`);
      content.close();
    }
  }
});

// The cache of the hot path: what was forgotten does not come back, not even from a lookup under way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookupCache } from './lookup-cache.ts';

const entriesMax = 100;

function openCache({ lifetimeMs }: { lifetimeMs?: number } = {}) {
  let nowMs = 0;
  const stored = new Map<string, string>();
  const waiting: (() => void)[] = [];
  let lookups = 0;
  let holdBack = false;
  const cache = new LookupCache<string>({
    clock: { monotonicMs: () => nowMs },
    entriesMax,
    lifetimeMs,
    lookUp: async (key) => {
      lookups++;
      const value = stored.get(key);
      if (holdBack) await new Promise<void>((resolve) => waiting.push(resolve));
      return value;
    },
  });
  return {
    cache,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
    stored,
    lookups: () => lookups,
    holdBack: () => {
      holdBack = true;
    },
    release: () => {
      holdBack = false;
      for (const resolve of waiting) resolve();
    },
  };
}

test('what was looked up once is there at once', async () => {
  const { cache, stored, lookups } = openCache();
  stored.set('a', '1');
  assert.equal(await cache.get('a'), '1');
  assert.equal(cache.get('a'), '1');
  assert.equal(lookups(), 1);
});

test('what is not there is looked up every time', async () => {
  const { cache, stored } = openCache();
  assert.equal(await cache.get('a'), undefined);
  stored.set('a', '1');
  assert.equal(await cache.get('a'), '1');
});

test('what was forgotten is looked up again', async () => {
  const { cache, stored } = openCache();
  stored.set('a', '1');
  await cache.get('a');
  stored.set('a', '2');
  cache.forget('a');
  assert.equal(await cache.get('a'), '2');
  stored.set('a', '3');
  cache.forgetAll();
  assert.equal(await cache.get('a'), '3');
});

for (const forget of ['forget', 'forgetAll'] as const)
  test(`a lookup that was under way at ${forget} is not remembered`, async () => {
    const { cache, stored, holdBack, release } = openCache();
    stored.set('a', 'old');
    holdBack();
    const early = cache.get('a');
    stored.delete('a');
    cache[forget]('a');
    release();
    assert.equal(await early, 'old');
    assert.equal(await cache.get('a'), undefined);
  });

test('with a lifetime, what is older is looked up again', async () => {
  const { cache, stored, pass } = openCache({ lifetimeMs: 2_000 });
  stored.set('a', '1');
  await cache.get('a');
  stored.set('a', '2');
  pass(1_999);
  assert.equal(cache.get('a'), '1');
  pass(1);
  assert.equal(await cache.get('a'), '2');
});

test('the cache is bounded: the oldest makes room', async () => {
  const { cache, stored, lookups } = openCache();
  for (let index = 0; index <= entriesMax; index++) {
    stored.set(`k${index}`, 'v');
    await cache.get(`k${index}`);
  }
  const before = lookups();
  await cache.get(`k${entriesMax}`);
  assert.equal(lookups(), before);
  await cache.get('k0');
  assert.equal(lookups(), before + 1);
});

test('heavy values make room for each other, and one that is too heavy is looked up every time', async () => {
  const lookups: string[] = [];
  const cache = new LookupCache<string>({
    clock: { monotonicMs: () => 0 },
    entriesMax,
    lifetimeMs: undefined,
    weight: { of: (value) => value.length, max: 10 },
    lookUp: async (key) => {
      lookups.push(key);
      return key;
    },
  });
  for (const key of ['aaaa', 'bbbb', 'cccc', 'too heavy for it']) await cache.get(key);
  assert.equal(cache.get('bbbb'), 'bbbb');
  assert.equal(cache.get('cccc'), 'cccc');
  await cache.get('too heavy for it');
  cache.forget('bbbb');
  await cache.get('aaaa');
  assert.equal(cache.get('cccc'), 'cccc', 'what was forgotten weighs nothing');
  cache.forgetAll();
  await cache.get('aaaaaaaaaa');
  assert.equal(cache.get('aaaaaaaaaa'), 'aaaaaaaaaa');
  assert.deepEqual(lookups.toSpliced(0, 4), ['too heavy for it', 'aaaa', 'aaaaaaaaaa']);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { parseRedundancy, schemeOf, schemeTag } from './redundancy.ts';

test('a setting is read, and what is none is refused', () => {
  const one = { dataShards: 1, parityShards: 0 };
  assert.deepEqual(parseRedundancy('none'), { small: one, large: one });
  assert.equal(parseRedundancy('mirror:3')?.large.parityShards, 2);
  assert.deepEqual(parseRedundancy('8+4'), {
    small: { dataShards: 1, parityShards: 4 },
    large: { dataShards: 8, parityShards: 4 },
  });
  assert.equal(parseRedundancy('251+4')?.large.dataShards, 251);
  for (const text of ['', 'mirror', 'mirror:0', '0+1', '8+0', '8+', '252+4', '8+4 ', 'none+1'])
    assert.equal(parseRedundancy(text), undefined, text);
});

test('an id says its shards', () => {
  for (const scheme of [
    { dataShards: 1, parityShards: 0 },
    { dataShards: 8, parityShards: 4 },
    { dataShards: 251, parityShards: 4 },
  ]) {
    const blob = `019b76daa908${schemeTag(scheme)}1b71a5054d113388`;
    assert.deepEqual(schemeOf(blob), scheme);
  }
  assert.equal(schemeOf('019b76daa90800021b71a5054d113388'), undefined);
  assert.equal(schemeOf('019b76daa908ffff1b71a5054d113388'), undefined);
});

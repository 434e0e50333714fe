import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, objectName, type Prefix, prefixes, waitsName } from './object-names.ts';

const short = '0123456789abcdef'.repeat(2);
const long = short.repeat(2);

test('the id in a name is the one it was made of', () => {
  for (const prefix of Object.keys(prefixes) as Prefix[]) {
    const id = prefix === 'packs' || prefix === 'index' ? long : short;
    assert.equal(idOf(prefix, objectName(prefix, id)), id);
  }
  assert.equal(objectName('packs', long), `packs/01/${long}`);
});

test('names that are none of ours have no id', () => {
  for (const name of [
    `packs/02/${long}`,
    `packs/${long}`,
    `packs/01/${long}.tmp`,
    `packs/01/${long.toUpperCase()}`,
    `packs/01/${short}`,
    '',
  ]) {
    assert.equal(idOf('packs', name), undefined, name);
  }
  assert.equal(idOf('sessions', `sessions/${short}x`), undefined);
  assert.equal(idOf('sessions', `sessions//${short}`), undefined);
});

test('the waits of a condemnation are no condemnation', () => {
  assert.equal(waitsName(short), `condemned/${short}.waits`);
  assert.equal(idOf('condemned', waitsName(short)), undefined);
});

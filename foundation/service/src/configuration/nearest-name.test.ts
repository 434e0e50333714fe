// The nearest neighbour of a misspelt name.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from './nearest-name.ts';

const keys = ['service.port', 'service.log.level', 'object-storage.s3.port', 'host'];

test('a name with a letter too many, too few, wrong or swapped finds its neighbour', () => {
  for (const name of ['service.portt', 'service.prt', 'service.pert', 'service.prot', 'Service.Port']) {
    assert.equal(nearestName(name, keys), 'service.port', name);
  }
});

test('swapped letters count as one change, so the swap wins over two replacements', () => {
  assert.equal(nearestName('ab', ['cd', 'ba']), 'ba');
});

test('what resembles nothing has no neighbour', () => {
  assert.equal(nearestName('completely-different', keys), undefined);
  assert.equal(nearestName('x', []), undefined);
});

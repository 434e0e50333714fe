// Continuation tokens: they hold any name, and nothing else passes for one.

import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeContinuationToken, encodeContinuationToken } from './continuation-token.ts';

test('a token gives back the name it was made of', () => {
  for (const after of ['a', 'ü/😀', ' \u0001\n', 'x'.repeat(1_024)]) {
    const token = encodeContinuationToken(after);
    assert.match(token, /^[\w-]+$/, 'needs no encoding in a query');
    assert.equal(decodeContinuationToken(token), after);
  }
});

test('what is no token is refused', () => {
  for (const token of ['', 'a', 'AmE', 'AWE=', ' AWE', 'Af8', encodeContinuationToken('a').slice(0, -1)]) {
    assert.throws(() => decodeContinuationToken(token), { code: 'InvalidArgument' }, token);
  }
});

// Masking: what a printed configuration must not show.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { keyTree } from './key-tree.ts';
import { masked } from './masking.ts';

test('passwords in URLs are masked, whatever they hold, and the rest stays readable', () => {
  const cases: Readonly<Record<string, string>> = {
    'postgres://user:pass@host:5432/db': 'postgres://user:(secret)@host:5432/db',
    'postgres://user:p@ss/word@host/db': 'postgres://user:(secret)@host/db',
    'redis://:pass@host': 'redis://:(secret)@host',
    'postgres://host/db?user=u&password=p&sslmode=require':
      'postgres://host/db?user=u&password=(secret)&sslmode=require',
    'http://host:9000/bucket': 'http://host:9000/bucket',
    'file:/data/x.sqlite': 'file:/data/x.sqlite',
    'plain text': 'plain text',
  };
  for (const [given, shown] of Object.entries(cases)) assert.equal(masked(given, undefined), shown);
});

test('a group is shown with the secrets in it masked, also in maps and lists', () => {
  const secret = z.string().meta({ secret: true });
  const node = keyTree(
    z.strictObject({ a: z.strictObject({ key: secret, id: z.string() }), m: z.record(z.string(), secret) }),
  );
  const value = { a: { key: 'k', id: 'i' }, m: { x: 'y' }, list: ['http://a:b@c'] };
  assert.deepEqual(masked(value, node), {
    a: { key: '(secret)', id: 'i' },
    m: { x: '(secret)' },
    list: ['http://a:(secret)@c'],
  });
});

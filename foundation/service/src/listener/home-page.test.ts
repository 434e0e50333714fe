// The plain page at `/`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homePage } from './home-page.ts';

test('every endpoint of every system has its row, with the state', () => {
  const endpoints = [{ protocol: 's3', url: 'http://127.0.0.1:9000' }];
  const page = homePage([
    { name: 'object-storage', ready: true, endpoints },
    { name: 'identity', ready: false, detail: 'no key', endpoints: [] },
  ]);
  assert.match(
    page,
    /<tr><td>object-storage<\/td><td>s3<\/td><td>http:\/\/127.0.0.1:9000<\/td><td>ready<\/td><\/tr>/,
  );
  assert.match(page, /<tr><td>identity<\/td><td><\/td><td><\/td><td>not ready: no key<\/td><\/tr>/);
});

test('what a system tells of itself cannot become markup', () => {
  const page = homePage([{ name: '<script>', ready: false, detail: `"'&`, endpoints: [] }]);
  assert.equal(page.includes('<script>'), false);
  assert.match(page, /&lt;script&gt;/);
  assert.match(page, /&quot;&#39;&amp;/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';

let compiled = 0;
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: Record<'Module' | 'compile', object>;
};
const counting: ProxyHandler<object> = {
  construct: (target, parameters) => {
    compiled += 1;
    return Reflect.construct(target as new () => object, parameters);
  },
  apply: (target, self, parameters) => {
    compiled += 1;
    return Reflect.apply(target as () => void, self, parameters);
  },
};
webAssembly.Module = new Proxy(webAssembly.Module, counting);
webAssembly.compile = new Proxy(webAssembly.compile, counting);
const { checksumOf, crc32c, crc64nvme } = await import('./index.ts');

test('WebAssembly is compiled by the first use of a hash, and once', () => {
  crc32c(Buffer.from('no WebAssembly'));
  checksumOf('sha256', Buffer.from('neither'));
  assert.equal(compiled, 0);
  for (let use = 0; use < 3; use += 1) checksumOf('xxhash64', Buffer.from('one'));
  assert.equal(compiled, 1);
  for (let use = 0; use < 3; use += 1) crc64nvme(Buffer.from('another'));
  assert.equal(compiled, 2);
});

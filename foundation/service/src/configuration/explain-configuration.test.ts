// What is told of the keys there are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { fakeSystem } from '../../test/fake-systems.ts';
import { defineConfigOf } from './define-config.ts';
import { configurationKeys } from './explain-configuration.ts';

test('every key is listed with its variable, what it wants, its default and its description', () => {
  const config = z.strictObject({
    s3: z.strictObject({ port: z.int().min(0).max(65535).default(9000).describe('Port of S3') }),
    hooks: z.record(z.string(), z.strictObject({ url: z.string() })).default({}),
    pepper: z.string().default('x').meta({ secret: true }),
  });
  const keys = new Map(configurationKeys([fakeSystem('store', { config })]).map((key) => [key.key, key]));
  assert.deepEqual(keys.get('store.s3.port'), {
    key: 'store.s3.port',
    variable: 'CAIRN_STORE__S3__PORT',
    wanted: 'an integer from 0 to 65535',
    description: 'Port of S3',
    default: 9000,
    secret: false,
  });
  assert.equal(keys.get('store.pepper')?.default, undefined, 'the default of a secret is not told');
  assert(keys.has('store.hooks.*.url') && keys.has('store.engines.sql') && keys.has('service.log.level'));
});

test('every setting of the shell is described', () => {
  for (const { key, description } of configurationKeys([])) assert.notEqual(description, '', key);
});

test('two systems of one name, or one named like a setting, are mistakes', () => {
  assert.throws(() => configurationKeys([fakeSystem('a'), fakeSystem('a')]), { name: 'AssertionError' });
  assert.throws(() => configurationKeys([fakeSystem('service')]), { name: 'AssertionError' });
});

test('a configuration file is checked by the compiler', () => {
  const defineConfig = defineConfigOf<{ store: { s3: { port: number } } }>();
  const config = { host: '127.0.0.1', store: { s3: { port: 1 }, engines: { sql: 'file:x' } } };
  assert.equal(defineConfig(config), config);
  // @ts-expect-error a number is wanted
  defineConfig({ store: { s3: { port: '1' } } });
  // @ts-expect-error there is no such system
  defineConfig({ stroe: {} });
  // @ts-expect-error there is no such setting
  defineConfig({ service: { prt: 1 } });
});

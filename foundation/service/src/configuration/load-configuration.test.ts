// The configuration as users meet it: which source wins, how values are read, and what is said of mistakes.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { z } from 'zod';
import { fakeSystem } from '../../test/fake-systems.ts';
import { ConfigurationError } from './configuration-error.ts';
import { explainConfiguration } from './explain-configuration.ts';
import { engineUrl, type LoadConfigurationOptions, loadConfiguration } from './load-configuration.ts';

const port = z.int().min(0).max(65535);
const definitions = [
  fakeSystem('object-storage', {
    config: z.strictObject({
      s3: z.strictObject({ port: port.default(9000).describe('Port of the S3 endpoint') }),
      lifecycle: z.strictObject({ daySeconds: z.number().positive().default(86_400) }),
      fast: z.boolean().default(false),
      domains: z.array(z.string()).default([]),
      mode: z.enum(['synced', 'os']).default('synced'),
      pepper: z.string().min(8).optional().meta({ secret: true }),
      webhooks: z
        .record(z.string(), z.strictObject({ url: z.string(), retries: z.int().default(3) }))
        .default({}),
    }),
  }),
  fakeSystem('backup', { config: z.strictObject({ keep: z.int().default(7) }) }),
];

type Sources = Omit<LoadConfigurationOptions, 'definitions'>;

// A folder without a configuration file, whatever lies in the folder that tests run in.
const nowhere = path.join(import.meta.dirname, 'nowhere');
const load = (sources: Sources = {}) => loadConfiguration({ definitions, directory: nowhere, ...sources });

async function problemsOf(sources: Sources): Promise<readonly string[]> {
  const error = await load(sources).then(
    () => assert.fail('the configuration was accepted'),
    (caught: unknown) => caught,
  );
  assert(error instanceof ConfigurationError);
  assert.equal(error.exitCode, 2);
  return error.problems.map(({ message }) => message);
}

async function valueOfKey(key: string, sources: Sources): Promise<readonly [unknown, string]> {
  const configuration = await load(sources);
  const found = explainConfiguration({ definitions, configuration }).find((row) => row.key === key);
  return [found?.value, found?.origin ?? 'absent'];
}

test('without any source every key has its default, on every level', async () => {
  const { values, origins } = await load();
  const { data, host, region, account, service, tls } = values;
  assert.deepEqual([data, host, region, account], ['./data', '127.0.0.1', 'us-east-1', '000000000000']);
  assert.deepEqual(service, { port: 7000, log: { level: 'warn' }, shutdownSeconds: 10 });
  assert.deepEqual(tls, {});
  assert.deepEqual(values.backup, { keep: 7 });
  assert.deepEqual(values['object-storage'], {
    s3: { port: 9000 },
    lifecycle: { daySeconds: 86_400 },
    fast: false,
    domains: [],
    mode: 'synced',
    webhooks: {},
  });
  assert.equal(origins.size, 0);
});

test('a flag wins over the environment, that over the file, and that over the default', async (t) => {
  const directory = await temporaryDirectory(t);
  const file = path.join(directory, 'cairn.config.ts');
  await writeFile(file, 'export default { "object-storage": { s3: { port: 1 } } } satisfies object;');
  const environment = { CAIRN_OBJECT_STORAGE__S3__PORT: '2' };
  const flags = { set: ['object-storage.s3.port=3', 'object-storage.s3.port=4'] };
  const key = 'object-storage.s3.port';
  assert.deepEqual(await valueOfKey(key, {}), [9000, 'default']);
  assert.deepEqual(await valueOfKey(key, { directory }), [1, file]);
  const variable = 'environment CAIRN_OBJECT_STORAGE__S3__PORT';
  assert.deepEqual(await valueOfKey(key, { directory, environment }), [2, variable]);
  assert.deepEqual(await valueOfKey(key, { directory, environment, flags }), [4, 'flag --set']);
});

test('sources are merged key by key: one key of a group leaves the others alone', async () => {
  const { values } = await load({
    environment: { CAIRN_SERVICE__LOG__LEVEL: 'debug' },
    flags: { set: ['service.port=0'] },
  });
  assert.deepEqual(values.service, { port: 0, log: { level: 'debug' }, shutdownSeconds: 10 });
});

const texts: readonly [setting: string, key: string, value: unknown][] = [
  ['object-storage.lifecycle.daySeconds=0.5', 'object-storage.lifecycle.daySeconds', 0.5],
  ['object-storage.fast=true', 'object-storage.fast', true],
  ['object-storage.mode=os', 'object-storage.mode', 'os'],
  ['object-storage.domains=a.example, b.example', 'object-storage.domains', ['a.example', 'b.example']],
  ['object-storage.domains=["a,b"]', 'object-storage.domains', ['a,b']],
  ['object-storage.webhooks.thumbs.url=http://h/?a=b', 'object-storage.webhooks.thumbs.url', 'http://h/?a=b'],
  ['account=123456789012', 'account', '123456789012'],
];

for (const [setting, key, value] of texts) {
  test(`text is read by the type of its key: --set ${setting}`, async () => {
    assert.deepEqual(await valueOfKey(key, { flags: { set: [setting] } }), [value, 'flag --set']);
  });
}

test('variables name keys in upper snake case, camel case and dashes included', async () => {
  const { values } = await load({
    environment: {
      CAIRN_OBJECT_STORAGE__LIFECYCLE__DAY_SECONDS: '5',
      CAIRN_OBJECT_STORAGE__WEBHOOKS__THUMB_NAIL__URL: 'http://h',
      CAIRN_BACKUP__KEEP: '1',
      CAIRN_SERVICE__SHUTDOWN_SECONDS: '1.5',
      PATH: '/bin',
    },
  });
  const storage = values['object-storage'] as { lifecycle: unknown; webhooks: unknown };
  assert.deepEqual(storage.lifecycle, { daySeconds: 5 });
  assert.deepEqual(storage.webhooks, { thumbNail: { url: 'http://h', retries: 3 } });
  assert.deepEqual(values.backup, { keep: 1 });
  assert.equal(values.service.shutdownSeconds, 1.5);
});

test('variables of commands and credentials are not configuration', async () => {
  const names = [
    'ROOT_ACCESS_KEY',
    'ROOT_SECRET_KEY',
    'ACCESS_KEY',
    'SECRET_KEY',
    'BACKUP_PASSWORD',
    'SERVER',
  ];
  const environment = Object.fromEntries(names.map((name) => [`CAIRN_${name}`, 'x']));
  assert.equal((await load({ environment })).origins.size, 0);
});

test('CAIRN_DATA is the default of data, below the file and the flag', async (t) => {
  const environment = { CAIRN_DATA: '/from-environment' };
  assert.deepEqual(await valueOfKey('data', { environment }), [
    '/from-environment',
    'environment CAIRN_DATA',
  ]);
  const directory = await temporaryDirectory(t);
  await writeFile(path.join(directory, 'cairn.config.ts'), "export default { data: '/from-file' };");
  assert.equal((await valueOfKey('data', { environment, directory }))[0], '/from-file');
  const flags = { data: '/from-flag' };
  assert.deepEqual(await valueOfKey('data', { environment, directory, flags }), [
    '/from-flag',
    'flag --data',
  ]);
});

test("a system's own engine wins over the engine of all", async () => {
  const set = ['engines.sql=postgres://all/db', 'object-storage.engines.sql=file:own.sqlite'];
  const configuration = await load({ flags: { set } });
  assert.equal(engineUrl(configuration, { system: 'object-storage', port: 'sql' }), 'file:own.sqlite');
  assert.equal(engineUrl(configuration, { system: 'backup', port: 'sql' }), 'postgres://all/db');
  assert.equal(engineUrl(configuration, { system: 'backup', port: 'log' }), undefined);
});

const mistakes: readonly [name: string, sources: Sources, problem: RegExp][] = [
  [
    'unknown key',
    { flags: { set: ['servce.port=1'] } },
    /^unknown key 'servce.port' \(flag --set\): did you mean 'service.port'\?$/,
  ],
  [
    'unknown system',
    { flags: { set: ['zzzzzz.a=1'] } },
    /^unknown key 'zzzzzz.a' .*: known are data, host, .*object-storage, backup$/,
  ],
  [
    'unknown key far from any',
    { flags: { set: ['service.q=1'] } },
    /'service.q' .*did you mean|known are service.port, service.log/,
  ],
  [
    'unknown variable',
    { environment: { CAIRN_OBJECT_STORAGE__S3__PROT: '1' } },
    /^unknown key 'CAIRN_OBJECT_STORAGE__S3__PROT' .* did you mean 'CAIRN_OBJECT_STORAGE__S3__PORT'\?$/,
  ],
  ['variable in lower case', { environment: { CAIRN_host: '1' } }, /did you mean 'CAIRN_HOST'\?/],
  [
    'group as a key',
    { flags: { set: ['service=1'] } },
    /^'service' \(flag --set\) is a group, not a key: set one of service.port, service.log, service.shutdownSeconds$/,
  ],
  [
    'number that is none',
    { environment: { CAIRN_SERVICE__PORT: 'abc' } },
    /^'service.port' is 'abc' \(environment CAIRN_SERVICE__PORT\): wanted is an integer from 0 to 65535 \(Port of/,
  ],
  [
    'empty number',
    { environment: { CAIRN_SERVICE__PORT: '' } },
    /^'service.port' is '' .*: wanted is an integer/,
  ],
  ['number in another base', { flags: { set: ['service.port=0x10'] } }, /^'service.port' is '0x10'/],
  [
    'number out of range',
    { flags: { set: ['object-storage.s3.port=70000'] } },
    /^'object-storage.s3.port' is 70000 \(flag --set\): wanted is an integer from 0 to 65535/,
  ],
  [
    'boolean that is none',
    { flags: { set: ['object-storage.fast=yes'] } },
    /'object-storage.fast' is 'yes' .*: wanted is true or false$/,
  ],
  [
    'value not in the list',
    { flags: { set: ['object-storage.mode=fast'] } },
    /wanted is one of 'synced', 'os'$/,
  ],
  [
    'account that is no number',
    { flags: { set: ['account=12'] } },
    /'account' is '12' .*: wanted is text that matches/,
  ],
  [
    'engine that is no URL',
    { flags: { set: ['backup.engines.sql=here'] } },
    /^'backup.engines.sql' is 'here' \(flag --set\): wanted is/,
  ],
  ['unknown engine', { flags: { set: ['engines.sqll=file:x'] } }, /did you mean 'engines.sql'\?/],
  [
    'engine that no system has',
    { flags: { set: ['engines.cache=memory:'] } },
    /^unknown key 'engines.cache'/,
  ],
  [
    'certificate without key',
    { flags: { set: ['tls.certificate=a.pem'] } },
    /^'tls.key' is not set \(default\): wanted is both tls.certificate and tls.key, or neither$/,
  ],
  [
    'missing key of a map entry',
    { flags: { set: ['object-storage.webhooks.a.retries=1'] } },
    /^'object-storage.webhooks.a.url' is not set \(default\): wanted is text$/,
  ],
  [
    'setting without a value',
    { flags: { set: ['host'] } },
    /^could not read --set 'host': wanted is system.key=value/,
  ],
  ['setting without a key', { flags: { set: ['=1'] } }, /^could not read --set '=1'/],
  [
    'prototype as a name',
    { flags: { set: ['object-storage.webhooks.__proto__.url=x'] } },
    /^unknown key 'object-storage.webhooks.__proto__.url'/,
  ],
  ['prototype as a key', { flags: { set: ['__proto__.polluted=1'] } }, /^unknown key '__proto__.polluted'/],
];

for (const [name, sources, problem] of mistakes) {
  test(`a mistake is told with key, value, source and what is wanted: ${name}`, async () => {
    const problems = await problemsOf(sources);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, problem);
  });
}

test('all problems of all sources are told at once', async () => {
  const problems = await problemsOf({
    environment: { CAIRN_SERVICE__PORT: 'x', CAIRN_NONSENSE_OF_MINE: '1' },
    flags: { set: ['object-storage.mode=x', 'backup.keep=1.5', 'bad'], host: '' },
  });
  assert.equal(problems.length, 6);
});

test('names of the user are taken as they are, also those that every object has', async () => {
  const { values } = await load({ flags: { set: ['object-storage.webhooks.constructor.url=http://h'] } });
  const { webhooks } = values['object-storage'] as { webhooks: object };
  assert.deepEqual(Object.entries(webhooks), [['constructor', { url: 'http://h', retries: 3 }]]);
});

test('secrets and passwords in URLs are shown neither when explained nor in a problem', async () => {
  const set = ['object-storage.pepper=very-secret', 'engines.sql=postgres://user:p@ss@host/db'];
  const flags = { set };
  assert.deepEqual(await valueOfKey('object-storage.pepper', { flags }), ['(secret)', 'flag --set']);
  assert.equal((await valueOfKey('engines.sql', { flags }))[0], 'postgres://user:(secret)@host/db');
  const problems = await problemsOf({ flags: { set: ['object-storage.pepper=short'] } });
  assert.match(problems[0]!, /^'object-storage.pepper' is "?'?\(secret\)/);
  assert.equal(problems.join().includes('short'), false);
});

async function fileWith(t: Parameters<typeof temporaryDirectory>[0], text: string): Promise<string> {
  const directory = await temporaryDirectory(t);
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, 'other.config.ts');
  await writeFile(file, text);
  return file;
}

test('a file that is named must exist, load and export an object', async (t) => {
  assert.match(
    (await problemsOf({ file: '/no/such.ts' }))[0]!,
    /could not load .* \/no\/such.ts: there is no such file/,
  );
  const empty = await fileWith(t, 'export const config = {};');
  assert.match((await problemsOf({ file: empty }))[0]!, /no default export/);
  const broken = await fileWith(t, 'throw new Error("broken inside");');
  assert.match((await problemsOf({ file: broken }))[0]!, /broken inside/);
  const text = await fileWith(t, 'export default "text";');
  assert.match((await problemsOf({ file: text }))[0]!, /^the configuration is 'text' .*wanted is an object/);
});

test('mistakes in a file name the file, and its keys are checked like all others', async (t) => {
  const file = await fileWith(t, "export default { service: { port: '7000', prt: 1 }, backup: 3 };");
  const problems = await problemsOf({ file });
  assert.equal(problems.length, 3);
  assert(problems.every((problem) => problem.includes(file)));
  assert(
    problems.some((problem) => problem.startsWith("'service.port' is '7000'")),
    'a file has types of its own',
  );
  assert(problems.some((problem) => problem.includes("'service.prt'")));
  assert(problems.some((problem) => problem.startsWith("'backup' is 3")));
});

// The whole shell over real sockets with tiny systems: start, what is printed and served, failures, stop.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { createMetrics, type Log, silentLog } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { z } from 'zod';
import { makeKeyPair, withoutOpenssl } from '../../test/certificates.ts';
import { type FakeSystem, fakeSystem } from '../../test/fake-systems.ts';
import { fakeWorld } from '../../test/fake-world.ts';
import { send } from '../../test/http-client.ts';
import { systemsRoute } from '../api/systems-route.ts';
import { type Authenticator, defineRoute, defineStreamRoute } from '../api-route.ts';
import { loadConfiguration } from '../configuration/load-configuration.ts';
import { UnusableStart } from '../unusable-start.ts';
import { type StartServiceOptions, startService } from './start-service.ts';

const root = { type: 'root', name: 'root', arn: 'arn:aws:iam::000000000000:root', accessKeyId: 'R' } as const;
const authenticator: Authenticator = {
  authenticate: async (authorization) => (authorization === 'Basic root' ? root : undefined),
  authorize: async () => true,
};
const authorized = { headers: { authorization: 'Basic root' } };

type Setup = Partial<StartServiceOptions> & { readonly set?: readonly string[]; readonly world?: World };

async function start(definitions: readonly FakeSystem[], setup: Setup = {}) {
  const { set = [], ...options } = setup;
  const printed: string[] = [];
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (event) => warnings.push(event), with: () => log };
  const flags = { data: '/data', set: ['service.port=0', ...set] };
  const service = await startService({
    definitions,
    configuration: await loadConfiguration({ definitions, flags, directory: '/nowhere' }),
    world: fakeWorld(),
    print: (line) => printed.push(line),
    authenticator: () => authenticator,
    telemetry: { log, metrics: createMetrics() },
    ...options,
  });
  return { service, printed, warnings, url: service.endpoints[0]?.url ?? '' };
}

/** The same, stopped after the test. */
async function startFor(t: TestContext, definitions: readonly FakeSystem[], setup: Setup = {}) {
  const started = await start(definitions, setup);
  t.after(() => started.service.stop());
  return started;
}

async function failureOf(definitions: readonly FakeSystem[], setup: Setup = {}): Promise<UnusableStart> {
  const error = await start(definitions, setup).then(
    () => assert.fail('it started'),
    (caught: unknown) => caught,
  );
  assert(error instanceof UnusableStart);
  return error;
}

test('notices, then one line per endpoint, then ready', async (t) => {
  const notices = ['root access key AKIA', 'root secret key s'];
  const endpoints = [{ protocol: 's3', url: 'http://127.0.0.1:9000' }];
  const definitions = [
    fakeSystem('store', { running: { endpoints } }),
    fakeSystem('users', { running: { notices } }),
  ];
  const { printed, url } = await startFor(t, definitions);
  assert.deepEqual(printed, [...notices, `service http ${url}`, 'store s3 http://127.0.0.1:9000', 'ready']);
  assert.match(url, /^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test('systems start in the order of their needs and stop in reverse, once', async () => {
  const events: string[] = [];
  const definitions = [
    fakeSystem('c', { uses: ['b'], events }),
    fakeSystem('b', { uses: ['a'], events }),
    fakeSystem('a', { events }),
  ];
  const { service } = await start(definitions);
  assert.deepEqual(await Promise.all([service.stop(), service.stop()]), [true, true]);
  assert.deepEqual(events, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
});

test('regression: room that a system set aside on the disk is given up before any other starts', async () => {
  const events: string[] = [];
  const holder = fakeSystem('b', { uses: ['a'], events });
  const makeRoom = async ({ dataDirectory }: { dataDirectory: string }) =>
    void events.push(`room in ${dataDirectory}`);
  const { service } = await start([fakeSystem('a', { events }), { ...holder, makeRoom }]);
  await service.stop();
  assert.deepEqual(events, ['room in /data/b', 'start a', 'start b', 'stop b', 'stop a']);
});

test('a system gets its configuration, folder, engine and the faces of those it uses, and no others', async (t) => {
  const a = fakeSystem('a');
  const b = fakeSystem('b', { uses: ['a'], config: z.strictObject({ size: z.int().default(1) }) });
  const set = ['b.size=2', 'engines.sql=file:all', 'b.engines.sql=file:own'];
  const world = fakeWorld();
  await startFor(t, [a, b], { set, world });
  const context = b.context!;
  assert.deepEqual(context.config, { size: 2 });
  assert.equal(context.dataDirectory, '/data/b');
  assert.deepEqual([...world.folders.folders], ['/data', '/data/a', '/data/b']);
  assert.deepEqual([context.engineUrl('sql'), a.context!.engineUrl('sql')], ['file:own', 'file:all']);
  assert.deepEqual(context.system('a'), { name: 'a' });
  assert.throws(() => a.context!.system('b'), { name: 'AssertionError' });
  assert.equal(context.withoutListeners, undefined);
});

test('the reserved paths are served: health, readiness, metrics, the page, and 404 for the rest', async (t) => {
  const { url } = await startFor(t, [fakeSystem('store')]);
  const healthz = await send(`${url}/healthz`);
  assert.deepEqual([healthz.status, JSON.parse(healthz.text)], [200, { status: 'up' }]);
  const readyz = await send(`${url}/readyz?verbose`);
  assert.deepEqual(
    [readyz.status, JSON.parse(readyz.text)],
    [200, { ready: true, systems: { store: { ready: true } } }],
  );
  const metrics = await send(`${url}/metrics`);
  assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(metrics.text, /# TYPE cairn_api_requests_total counter/);
  const page = await send(`${url}/`);
  assert.match(page.text, /<td>store<\/td>/);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
  const missing = await send(`${url}/healthzz`);
  assert.deepEqual([missing.status, JSON.parse(missing.text).error.code], [404, 'not-found']);
});

test('an API that cannot be made is a 500 to who asks for it, and the end of nothing else', async (t) => {
  const route = systemsRoute(async () => []);
  const { url } = await startFor(t, [fakeSystem('store', { running: { routes: [route, route] } })]);
  for (let time = 1; time <= 2; time++) assert.equal((await send(`${url}/api/store`)).status, 500);
  assert.equal((await send(`${url}/healthz`)).status, 200);
});

test('pages answer GET and HEAD and nothing else', async (t) => {
  const { url } = await startFor(t, []);
  const head = await send(`${url}/healthz`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.text, head.headers['content-length']], [200, '', '16']);
  const post = await send(`${url}/healthz`, { method: 'POST' });
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
});

test('a system that is not ready makes the service not ready, and the reason is told', async (t) => {
  const health = async () => ({ ready: false, detail: 'disk full' });
  const { url } = await startFor(t, [fakeSystem('good'), fakeSystem('bad', { running: { health } })]);
  const { status, text } = await send(`${url}/readyz`);
  assert.equal(status, 503);
  const systems = { good: { ready: true }, bad: { ready: false, detail: 'disk full' } };
  assert.deepEqual(JSON.parse(text), { ready: false, systems });
});

test('routes of a system are served under /api with its name, from a socket and in process', async (t) => {
  const route = defineRoute({
    method: 'PUT',
    path: '/things/{name}',
    summary: 'Makes a thing.',
    action: 'test:Put',
    input: z.strictObject({ name: z.string(), size: z.int() }),
    output: z.strictObject({ made: z.string() }),
    handle: async ({ name, size }, { principal }) => ({ made: `${name} ${size} ${principal.name}` }),
  });
  const { url, service } = await startFor(t, [fakeSystem('store', { running: { routes: [route] } })]);
  const headers = { ...authorized.headers, 'content-type': 'application/json' };
  const request = { method: 'PUT', headers, body: '{"size":3}' };
  const overSocket = await send(`${url}/api/store/things/a%2Fb`, request);
  assert.deepEqual([overSocket.status, JSON.parse(overSocket.text)], [200, { made: 'a/b 3 root' }]);
  const inProcess = await service.dispatch(new Request('http://cairn/api/store/things/c', request));
  assert.deepEqual(await inProcess.json(), { made: 'c 3 root' });
  assert.equal((await send(`${url}/api/store/things/a`, { ...request, headers: {} })).status, 401);
});

test('regression: policies may ask of a request of the API where it comes from and what it is about', async (t) => {
  const route = defineRoute({
    ...{ method: 'GET', path: '/things/{name}', summary: 'Gives a thing.', action: 'store:GetThing' },
    conditions: ({ name }: { name: string }) => ({ 'store:Thing': name }),
    input: z.strictObject({ name: z.string() }),
    output: z.strictObject({}),
    handle: async (_, { conditions }) => {
      contexts.push(conditions);
      return {};
    },
  });
  const contexts: object[] = [];
  const asked: Authenticator = {
    ...authenticator,
    authorize: async (_, { context }) => {
      contexts.push(context);
      return true;
    },
  };
  const system = fakeSystem('store', { running: { routes: [route] } });
  const { url, service } = await startFor(t, [system], { authenticator: () => asked });
  const headers = { ...authorized.headers, 'user-agent': 'test' };
  assert.equal((await send(`${url}/api/store/things/a`, { headers })).status, 200);
  const ofAll = { 'aws:SourceIp': '127.0.0.1', 'aws:SecureTransport': 'false', 'aws:UserAgent': 'test' };
  assert.deepEqual(contexts.splice(0), [{ ...ofAll, 'store:Thing': 'a' }, ofAll]);
  await service.dispatch(new Request('http://cairn/api/store/things/a', { headers }));
  const inProcess = { 'aws:SourceIp': undefined, 'aws:SecureTransport': undefined, 'aws:UserAgent': 'test' };
  assert.deepEqual(contexts, [{ ...inProcess, 'store:Thing': 'a' }, inProcess]);
});

test('/api/systems tells what is mounted and how it is, to who proves who they are', async (t) => {
  const endpoints = [{ protocol: 's3', url: 'http://127.0.0.1:9000' }];
  const { url } = await startFor(t, [fakeSystem('store', { running: { endpoints } })]);
  const { text } = await send(`${url}/api/systems`, authorized);
  assert.deepEqual(JSON.parse(text), { systems: [{ name: 'store', endpoints, ready: true }] });
  assert.equal((await send(`${url}/api/systems`)).status, 401);
});

test('mounts of systems are served by prefix, the longest first, at whole segments', async (t) => {
  const mount = (prefix: string) => ({
    prefix,
    handle: (_: unknown, response: { end(text: string): unknown }) => void response.end(prefix),
  });
  const mounts = [mount('/dav'), mount('/dav/trash'), mount('/api/drive/raw')];
  const { url } = await startFor(t, [fakeSystem('drive', { running: { mounts } })]);
  assert.equal((await send(`${url}/dav`)).text, '/dav');
  assert.equal((await send(`${url}/dav/a?b`)).text, '/dav');
  assert.equal((await send(`${url}/dav/trash/x`)).text, '/dav/trash');
  assert.equal((await send(`${url}/david`)).status, 404);
  assert.equal((await send(`${url}/api/drive/raw/x`)).text, '/api/drive/raw');
  assert.equal((await send(`${url}/api/drive/rawer`)).status, 404, 'the frame of the API answers');
});

test('a mount that would take the whole of a system’s API, or of the listener’s own paths, is a mistake', async (t) => {
  for (const prefix of ['/api', '/api/drive', '/metrics', '/healthz/x']) {
    const mounts = [{ prefix, handle: () => {} }];
    await assert.rejects(
      startFor(t, [fakeSystem('drive', { running: { mounts } })]),
      /belongs to the listener/,
    );
  }
});

test('a data folder that is in use fails the start, names the folder, and starts nothing', async (t) => {
  const world = fakeWorld();
  await startFor(t, [], { world });
  const second = fakeSystem('store');
  const error = await failureOf([second], { world });
  assert.deepEqual([error.code, error.exitCode], ['folder-in-use', 3]);
  assert.match(error.message, /data folder \/data is in use/);
  assert.deepEqual(second.events, []);
});

test("on a real disk the folders are their owner's alone, and are taken and freed", async (t) => {
  const data = path.join(await temporaryDirectory(t), 'made', 'data');
  const definitions = [fakeSystem('store')];
  const flags = { data, set: ['service.port=0'] };
  const configuration = await loadConfiguration({ definitions, flags, directory: '/nowhere' });
  const { service } = await start(definitions, { world: realWorld(), configuration });
  for (const directory of [data, path.join(data, 'store')]) {
    assert.equal(((await stat(directory)).mode & 0o777).toString(8), '700', directory);
  }
  const error = await failureOf(definitions, { world: realWorld(), configuration });
  assert.equal(error.code, 'folder-in-use');
  assert.equal(await service.stop(), true);
  const again = await start(definitions, { world: realWorld(), configuration });
  assert.equal(await again.service.stop(), true);
});

test('a data folder that cannot be made fails the start and names it', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'file');
  await writeFile(file, '');
  const flags = { data: path.join(file, 'data') };
  const configuration = await loadConfiguration({ definitions: [], flags, directory: '/nowhere' });
  const error = await failureOf([], { world: realWorld(), configuration });
  assert.deepEqual([error.code, error.exitCode], ['folder-unusable', 6]);
  assert.match(error.message, /could not use data folder .*file\/data: /);
});

test('the folder is free again after a stop', async () => {
  const world = fakeWorld();
  await (await start([], { world })).service.stop();
  await (await start([], { world })).service.stop();
});

test('a system that fails stops those before it, frees the folder, and is named with its reason', async () => {
  const events: string[] = [];
  const world = fakeWorld();
  const reason = new Error('no space left');
  const definitions = [
    fakeSystem('a', { events }),
    fakeSystem('b', { events, uses: ['a'], start: () => Promise.reject(reason) }),
    fakeSystem('c', { events, uses: ['b'] }),
  ];
  const error = await failureOf(definitions, { world });
  assert.deepEqual([error.code, error.exitCode], ['system-failed', 5]);
  assert.equal(error.message, 'could not start b: no space left');
  assert.equal(error.cause, reason);
  assert.deepEqual(events, ['start a', 'start b', 'stop a']);
  assert.equal(world.folders.locked.size, 0);
});

test("a system's own reason not to start keeps its exit code, and one that throws at once is told too", async () => {
  const taken = new UnusableStart('port-in-use', 'port 9000 is in use');
  assert.equal(await failureOf([fakeSystem('store', { start: () => Promise.reject(taken) })]), taken);
  const throws = (): never => {
    throw new Error('not even a promise');
  };
  const error = await failureOf([Object.assign(fakeSystem('store'), { start: throws })]);
  assert.equal(error.message, 'could not start store: not even a promise');
});

test('a service port that is in use is told, and the systems are stopped again', async (t) => {
  const { url } = await startFor(t, []);
  const events: string[] = [];
  const { port } = new URL(url);
  const error = await failureOf([fakeSystem('a', { events })], { set: [`service.port=${port}`] });
  assert.equal(error.code, 'port-in-use');
  assert.match(error.message, /\(service.port\): the port is in use/);
  assert.deepEqual(events, ['start a', 'stop a']);
});

test('for a command nothing listens and nothing is printed, but requests are served in process', async (t) => {
  const store = fakeSystem('store');
  const { service, printed } = await startFor(t, [store], { withoutListeners: true });
  assert.deepEqual([printed, service.endpoints], [[], []]);
  assert.equal(store.context!.withoutListeners, true);
  const response = await service.dispatch(new Request('http://cairn/api/systems', authorized));
  assert.equal(response.status, 200);
});

test('listening beyond this machine without TLS warns; on this machine it does not', async (t) => {
  const open = await startFor(t, [], { set: ['host=0.0.0.0'] });
  assert.match(open.warnings.join(), /without TLS/);
  const local = await startFor(t, []);
  assert.deepEqual(local.warnings, []);
});

test(
  'with a key pair the service listener speaks TLS, and systems get the pair',
  withoutOpenssl,
  async (t) => {
    const { files, certificate } = await makeKeyPair(await temporaryDirectory(t), 'service');
    const store = fakeSystem('store');
    const set = [`tls.certificate=${files.certificate}`, `tls.key=${files.key}`];
    const { url } = await startFor(t, [store], { set });
    assert.match(url, /^https:/);
    assert.equal((await send(`${url}/healthz`, { ca: certificate })).status, 200);
    assert.equal(store.context!.settings.tls?.certificate, certificate);
  },
);

test('a request in flight finishes while the service stops, and systems stop only then', async () => {
  const events: string[] = [];
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const route = defineRoute({
    method: 'GET',
    path: '/slow',
    summary: 'Waits.',
    action: 'test:Wait',
    input: z.strictObject({}),
    output: z.strictObject({}),
    handle: async () => {
      arrived.resolve();
      await finish.promise;
      events.push('answered');
      return {};
    },
  });
  const { service, url } = await start([fakeSystem('store', { events, running: { routes: [route] } })]);
  const answer = send(`${url}/api/store/slow`, authorized);
  await arrived.promise;
  const stopped = service.stop();
  finish.resolve();
  assert.equal((await answer).status, 200);
  assert.equal(await stopped, true);
  assert.deepEqual(events, ['start store', 'answered', 'stop store']);
});

test('a request that does not finish is cut at the deadline, and the stop still ends', async () => {
  const world = fakeWorld();
  const arrived = Promise.withResolvers<void>();
  const handle = () => arrived.resolve();
  const mounts = [{ prefix: '/dav', handle }];
  const { service, url } = await start([fakeSystem('drive', { running: { mounts } })], { world });
  const answer = send(`${url}/dav`);
  await arrived.promise;
  const stopped = service.stop();
  world.clock.advance(10_000);
  await assert.rejects(answer, { code: 'ECONNRESET' });
  assert.equal(await stopped, true);
});

test('a stream waits for a client that does not read, and ends when it leaves', {
  timeout: 30_000,
}, async (t) => {
  let given = 0;
  const left = Promise.withResolvers<void>();
  async function* endless(signal: AbortSignal) {
    signal.addEventListener('abort', () => left.resolve());
    for (;;) {
      given++;
      yield ['x'.repeat(100_000)];
    }
  }
  const route = defineStreamRoute({
    method: 'GET',
    path: '/endless',
    summary: 'Never ends.',
    action: 'test:Stream',
    input: z.strictObject({}),
    output: z.string(),
    handle: async (_, { signal }) => endless(signal),
  });
  const { url } = await startFor(t, [fakeSystem('store', { running: { routes: [route] } })], {
    world: realWorld(),
  });
  const request = http.get(`${url}/api/store/endless`, { ...authorized, agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.pause();
  // What fits into the buffers between the two is taken; then nothing more is asked for.
  for (let before = -1; before !== given; ) {
    before = given;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(given < 500, `${given} items of 100 KB for a client that reads none`);
  request.destroy();
  await left.promise;
});

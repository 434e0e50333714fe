// The frame of the management API, driven in process: every step of a request with its error exit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, type Log, type LogFields, silentLog } from '@cairn/telemetry';
import { z } from 'zod';
import { fakeWorld } from '../../test/fake-world.ts';
import { ApiError, type ApiErrorCode, apiErrorStatuses } from '../api-error.ts';
import { type ApiRoute, type Authenticator, defineRoute, type Principal } from '../api-route.ts';
import { apiBodyBytesMax } from '../limits.ts';
import { apiMetrics } from './api-metrics.ts';
import { createApi } from './create-api.ts';

const ann: Principal = {
  type: 'user',
  name: 'ann',
  arn: 'arn:aws:iam::000000000000:user/ann',
  accessKeyId: 'A',
};
const anonymous: Principal = { type: 'anonymous', name: 'anonymous', arn: '*', accessKeyId: undefined };
const basic = `Basic ${Buffer.from('A:secret').toString('base64')}`;

/** Knows one user, who may do everything but `test:Forbidden` and nothing on `arn:closed`. */
const authenticator: Authenticator = {
  authenticate: async (authorization) => {
    if (authorization === 'Anonymous') return anonymous;
    return authorization === basic || authorization === 'Bearer token' ? ann : undefined;
  },
  authorize: async (_, { action, resource }) => action !== 'test:Forbidden' && resource !== 'arn:closed',
};

const echo = (method: ApiRoute['method'], path: string, input: z.ZodType = z.looseObject({})) =>
  defineRoute({
    method,
    path,
    summary: 'Gives back what it got.',
    action: 'test:Echo',
    input,
    output: z.unknown(),
    handle: async (given, caller) => ({ given, caller: caller.principal.name }),
  });

function routeThat(path: string, handle: () => Promise<unknown>, rest: Partial<ApiRoute> = {}): ApiRoute {
  const shown = {
    summary: 'A test.',
    action: 'test:Any',
    input: z.strictObject({}),
    output: z.strictObject({}),
  };
  return defineRoute({ method: 'GET', path, ...shown, ...rest, handle } as unknown as ApiRoute);
}

const thing = z.strictObject({
  name: z.string(),
  limit: z.int().min(1).optional(),
  all: z.boolean().optional(),
  tag: z.array(z.string()).optional(),
  note: z.string().optional(),
});

function createTestApi(routes: readonly ApiRoute[]) {
  const logged: { readonly event: string; readonly fields: LogFields }[] = [];
  const record = (event: string, fields: LogFields = {}) => logged.push({ event, fields });
  const log: Log = { ...silentLog, info: record, error: record };
  const metrics = createMetrics();
  const systems = [{ name: 'test', routes }];
  const telemetry = { log, metrics };
  const options = { systems, authenticator, telemetry, metrics: apiMetrics(metrics) };
  const api = createApi({ ...options, world: fakeWorld() });
  const call = async (method: string, path: string, init: RequestInit = {}) => {
    const headers = { authorization: basic, ...(init.headers as Record<string, string>) };
    const response = await api.dispatch(new Request(`http://cairn${path}`, { method, ...init, headers }));
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text), text };
  };
  const callJson = (method: string, path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json' };
    return call(method, path, { headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  };
  return { call, callJson, logged, metrics };
}

test('path, query and body together are the input, each read by the type the schema wants', async () => {
  const { call, callJson } = createTestApi([
    echo('GET', '/things/{name}', thing),
    echo('PUT', '/things/{name}', thing),
  ]);
  const read = await call('GET', '/api/test/things/a?limit=3&all=true&tag=x&tag=y');
  assert.equal(read.status, 200);
  assert.deepEqual(read.body, { given: { name: 'a', limit: 3, all: true, tag: ['x', 'y'] }, caller: 'ann' });
  const one = await call('GET', '/api/test/things/a?tag=x');
  assert.deepEqual(one.body.given.tag, ['x']);
  const written = await callJson('PUT', '/api/test/things/a?limit=3', { note: 'n' });
  assert.deepEqual(written.body.given, { name: 'a', limit: 3, note: 'n' });
});

test('names in the path are decoded once, whatever they hold', async () => {
  const { call } = createTestApi([echo('GET', '/things/{name}', thing)]);
  for (const name of ['a/b', 'a%2Fb', 'a b', 'é', '100%', '{name}', '..%2f', 'a?b#c']) {
    const { body } = await call('GET', `/api/test/things/${encodeURIComponent(name)}`);
    assert.deepEqual(body.given, { name });
  }
});

test('a bearer token is as good as an access key', async () => {
  const { call } = createTestApi([echo('GET', '')]);
  assert.equal((await call('GET', '/api/test', { headers: { authorization: 'Bearer token' } })).status, 200);
});

const refusals: readonly [name: string, authorization: string][] = [
  ['none', ''],
  ['a wrong one', 'Basic d3Jvbmc='],
  ['of nobody, even if others take it', 'Anonymous'],
];

for (const [name, authorization] of refusals) {
  test(`credentials are wanted before anything else is looked at: ${name}`, async () => {
    const { call } = createTestApi([echo('GET', '/things/{name}', thing)]);
    const { status, body, headers } = await call('GET', '/api/test/things/a?bad=1', {
      headers: { authorization },
    });
    assert.deepEqual([status, body.error.code], [401, 'unauthenticated']);
    assert.match(headers.get('www-authenticate') ?? '', /^Basic realm=/);
  });
}

test('who may not is told which action on which resource', async () => {
  const resource = () => 'arn:closed';
  const { call } = createTestApi([
    routeThat('/a', async () => assert.fail('it is not called'), { action: 'test:Forbidden' }),
    routeThat('/b', async () => assert.fail('it is not called'), { resource }),
  ]);
  const byAction = await call('GET', '/api/test/a');
  assert.deepEqual([byAction.status, byAction.body.error.code], [403, 'forbidden']);
  assert.equal(byAction.body.error.message, `${ann.arn} may not test:Forbidden on *`);
  const byResource = await call('GET', '/api/test/b');
  assert.equal(byResource.body.error.message, `${ann.arn} may not test:Any on arn:closed`);
});

test('all that is wrong with an input is told at once', async () => {
  const { call } = createTestApi([echo('GET', '/things/{name}', thing)]);
  const { status, body } = await call('GET', '/api/test/things/a?limit=0&all=perhaps&unknown=1');
  assert.deepEqual([status, body.error.code], [400, 'invalid-request']);
  for (const problem of [/limit: /, /all: /, /unknown/]) assert.match(body.error.message, problem);
});

test('a name that is given twice is refused', async () => {
  const { call, callJson } = createTestApi([
    echo('PUT', '/things/{name}', thing),
    echo('GET', '/things/{name}', thing),
  ]);
  assert.match((await call('GET', '/api/test/things/a?name=b')).body.error.message, /'name' is given twice/);
  assert.match(
    (await callJson('PUT', '/api/test/things/a', { name: 'b' })).body.error.message,
    /again in the body/,
  );
});

const bodies: readonly [name: string, type: string, body: string, message: RegExp][] = [
  ['no JSON', 'application/json', '{', /the body is not JSON/],
  ['no object', 'application/json', '[1]', /not a JSON object/],
  ['another type', 'text/plain', '{}', /content-type 'text\/plain': wanted is application\/json/],
];

for (const [name, type, body, message] of bodies) {
  test(`a body that cannot be read is refused: ${name}`, async () => {
    const { call } = createTestApi([echo('POST', '')]);
    const answer = await call('POST', '/api/test', { headers: { 'content-type': type }, body });
    assert.equal(answer.status, 400);
    assert.match(answer.body.error.message, message);
  });
}

test('a body over the bound is refused, with its length told or not', async () => {
  const { call, callJson } = createTestApi([echo('POST', '')]);
  const body = JSON.stringify({ text: 'x'.repeat(apiBodyBytesMax) });
  const told = await callJson('POST', '/api/test', body);
  assert.deepEqual([told.status, told.body.error.code], [413, 'too-large']);
  const stream = new Blob([body]).stream();
  const streamed = {
    body: stream,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as RequestInit;
  const untold = await call('POST', '/api/test', streamed);
  assert.deepEqual([untold.status, untold.body.error.code], [413, 'too-large']);
});

test('an unknown path or method is not found, with a pointer to the document', async () => {
  const { call } = createTestApi([echo('GET', '/things')]);
  for (const [method, path] of [
    ['GET', '/api/test/nothing'],
    ['DELETE', '/api/test/things'],
    ['GET', '/api'],
  ] as const) {
    const { status, body } = await call(method, path);
    assert.deepEqual([status, body.error.code], [404, 'not-found']);
    assert.match(body.error.message, new RegExp(`there is no ${method} ${path}; see /api/openapi.json`));
  }
});

for (const [code, wanted] of Object.entries(apiErrorStatuses)) {
  test(`a route's own error is rendered with its status: ${code}`, async () => {
    const { call } = createTestApi([
      routeThat('', async () => {
        throw new ApiError(code as ApiErrorCode, 'what was wrong');
      }),
    ]);
    const { status, body, headers } = await call('GET', '/api/test');
    assert.equal(status, wanted);
    assert.deepEqual(body, {
      error: { code, message: 'what was wrong', requestId: headers.get('x-request-id') },
    });
  });
}

test('an unexpected error is logged with the request id and shows nothing to the client', async () => {
  const failure = new Error('password of the database');
  const { call, logged } = createTestApi([routeThat('', () => Promise.reject(failure))]);
  const { status, body, text } = await call('GET', '/api/test');
  assert.deepEqual([status, body.error.code], [500, 'internal']);
  assert.equal(text.includes('password'), false);
  const failed = logged.find(({ event }) => event === 'api request failed');
  assert.deepEqual(failed?.fields, { requestId: body.error.requestId, error: failure });
});

test('an output that breaks its schema is our mistake', async () => {
  const { call } = createTestApi([routeThat('', async () => ({ secret: 1 }))]);
  const { status, text } = await call('GET', '/api/test');
  assert.equal(status, 500);
  assert.equal(text.includes('secret'), false);
});

test("a caller's request id and trace are taken over, else new ones are made", async () => {
  const { call, logged } = createTestApi([echo('GET', '')]);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
  const given = await call('GET', '/api/test', { headers: { 'x-request-id': 'from-caller', traceparent } });
  assert.equal(given.headers.get('x-request-id'), 'from-caller');
  assert.deepEqual([logged[0]?.fields.requestId, logged[0]?.fields.traceId], ['from-caller', traceId]);
  assert.notEqual(logged[0]?.fields.spanId, '00f067aa0ba902b7', 'the span is our own');
  const made = await call('GET', '/api/test', { headers: { 'x-request-id': '"' } });
  assert.match(made.headers.get('x-request-id') ?? '', /^[0-9A-Z]{16}$/);
});

test('every request is logged once and counted by its template', async () => {
  const { call, logged, metrics } = createTestApi([echo('GET', '/things/{name}', thing)]);
  await call('GET', '/api/test/things/a');
  await call('GET', '/api/test/things/b');
  await call('GET', '/api/test/nothing');
  const events = logged.map(({ event, fields }) => [event, fields.route, fields.status, fields.principal]);
  const template = '/api/test/things/{name}';
  assert.deepEqual(events, [
    ['api request', template, 200, ann.arn],
    ['api request', template, 200, ann.arn],
    ['api request', 'none', 404, undefined],
  ]);
  const exposition = metrics.expose();
  assert.match(
    exposition,
    /cairn_api_requests_total{method="GET",route="\/api\/test\/things\/{name}",status="200"} 2/,
  );
  assert.match(exposition, /cairn_api_requests_total{method="GET",route="none",status="404"} 1/);
});

test('the document lists every route with its parameters, body and answer', async () => {
  const routes = [
    echo('GET', '/things/{name}', thing),
    echo('PUT', '/things/{name}', thing),
    echo('POST', ''),
  ];
  const { call } = createTestApi(routes);
  const { status, body } = await call('GET', '/api/openapi.json', { headers: { authorization: '' } });
  assert.equal(status, 200);
  assert.equal(body.openapi, '3.1.0');
  const operations = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(operations, [
    'GET /api/test/things/{name}',
    'PUT /api/test/things/{name}',
    'POST /api/test',
  ]);
  const { get, put } = body.paths['/api/test/things/{name}'];
  const parameters = (get.parameters as { name: string; in: string; required: boolean }[]).map(
    (parameter) => {
      return `${parameter.in} ${parameter.name} ${parameter.required}`;
    },
  );
  assert.deepEqual(parameters, [
    'path name true',
    'query limit false',
    'query all false',
    'query tag false',
    'query note false',
  ]);
  const { properties } = put.requestBody.content['application/json'].schema;
  assert.deepEqual(Object.keys(properties), ['limit', 'all', 'tag', 'note']);
  assert.deepEqual(
    body.components.schemas.Error.properties.error.properties.code.enum,
    Object.keys(apiErrorStatuses),
  );
});

test('two routes of one method and shape, or a parameter without input, are mistakes', () => {
  const twice = [
    echo('GET', '/{a}', z.object({ a: z.string() })),
    echo('GET', '/{b}', z.object({ b: z.string() })),
  ];
  assert.throws(() => createTestApi(twice), { name: 'AssertionError', message: /two routes are mounted/ });
  const without = [echo('GET', '/{a}', z.strictObject({}))];
  assert.throws(() => createTestApi(without), { name: 'AssertionError', message: /has no 'a'/ });
  assert.throws(() => createTestApi([echo('GET', 'no-slash')]), { name: 'AssertionError' });
});

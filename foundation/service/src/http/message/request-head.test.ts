import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldsMax, methodBytesMax } from '../limits.ts';
import { HttpProblem, type HttpProblemKind } from './http-problem.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

const host = 'host: a';

function parse(requestLine: string, ...fields: readonly string[]): RequestHead {
  return parseRequestHead(`${[requestLine, ...fields].join('\r\n')}\r\n\r\n`);
}

function refusal(requestLine: string, ...fields: readonly string[]): HttpProblemKind | 'accepted' {
  try {
    parse(requestLine, ...fields);
    return 'accepted';
  } catch (error) {
    assert(error instanceof HttpProblem, String(error));
    return error.kind;
  }
}

const get = 'GET / HTTP/1.1';

test('method, target and fields are taken as they were sent, names in lower case, values without blanks around', () => {
  const head = parse(
    'PUT /b/k%20?x=1&y HTTP/1.1',
    'Host: h:9000',
    'X-Amz-Meta-A: \t gr\xc3\xbcn  \t',
    'Empty:',
    'x-b:b c',
  );
  assert.deepEqual([head.method, head.target], ['PUT', '/b/k%20?x=1&y']);
  assert.deepEqual(
    { ...head.headers },
    { host: 'h:9000', 'x-amz-meta-a': 'gr\xc3\xbcn', empty: '', 'x-b': 'b c' },
  );
});

test('a name that the language gives a meaning is a name like any other', () => {
  const { headers } = parse(get, host, '__proto__: a', 'constructor: b', 'toString: c');
  assert.deepEqual(Object.entries(headers), [
    ['host', 'a'],
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['tostring', 'c'],
  ]);
  assert.equal(parse(get, host).headers.constructor, undefined);
  assert.equal('a' in parse(get, host).headers, false);
});

test('a field that comes twice is joined, or the first counts, or it is refused', () => {
  const { headers } = parse(
    get,
    host,
    'x-a: 1',
    'X-A: 2',
    'cookie: a',
    'cookie: b',
    'content-type: x',
    'content-type: y',
  );
  assert.deepEqual([headers['x-a'], headers.cookie, headers['content-type']], ['1, 2', 'a; b', 'x']);
  assert.equal(refusal(get, host, host), 'malformed');
  assert.equal(refusal(get, host, 'content-length: 1', 'content-length: 1'), 'malformed');
});

test('what is no request line is refused', () => {
  for (const line of [
    '',
    'GET',
    'GET /',
    'GET  / HTTP/1.1',
    'GET /  HTTP/1.1',
    ' GET / HTTP/1.1',
    'GET\t/ HTTP/1.1',
    'GET / HTTP/1.1 ',
    'GET / HTTP/1.2',
    'GET / HTTP/1.10',
    'GET / HTTP/2.0',
    'GET / http/1.1',
    'GET / HTTPS/1.1',
    'G@T / HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /\x00 HTTP/1.1',
    'GET /\x7f HTTP/1.1',
    `${'G'.repeat(methodBytesMax + 1)} / HTTP/1.1`,
    'nonsense',
  ]) {
    assert.equal(refusal(line, host), 'malformed', JSON.stringify(line));
  }
});

test('what is no field is refused', () => {
  for (const field of [
    'x-a : b',
    'x-a',
    ': b',
    ' x-a: b',
    '\tx-a: b',
    'x a: b',
    'x-\xe4: b',
    'x-a: b\r',
    'x-a: b\rc',
    'x-a: b\nc: d',
    'x-a: b\r\n folded',
    'x-a: \x00',
    'x-a: \x1b',
    'x-a: \x7f',
    'x-a: \u010a',
    'x-a\x00: b',
  ]) {
    assert.equal(refusal(get, host, field), 'malformed', JSON.stringify(field));
  }
});

test('a head with too many fields is too large', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: a`);
  assert.equal(refusal(get, host, ...fields(fieldsMax - 1)), 'accepted');
  assert.equal(refusal(get, host, ...fields(fieldsMax)), 'head-too-large');
});

test('HTTP/1.1 names its host once, and as one', () => {
  assert.equal(refusal(get), 'malformed');
  assert.equal(refusal('GET / HTTP/1.0'), 'accepted');
  assert.equal(refusal(get, 'host:'), 'accepted');
  assert.equal(refusal(get, 'host: [::1]:9000'), 'accepted');
  for (const wrong of ['a b', 'a/b', 'a@b', 'a?b', 'a#b', 'a\\b', 'a"b', 'a\xe4']) {
    assert.equal(refusal(get, `host: ${wrong}`), 'malformed', wrong);
  }
});

test('an absolute target names the host itself', () => {
  const of = (target: string) => {
    const head = parse(`GET ${target} HTTP/1.1`, 'host: other');
    return [head.target, head.headers.host];
  };
  assert.deepEqual(of('http://b.localhost:9000/k?x'), ['/k?x', 'b.localhost:9000']);
  assert.deepEqual(of('HTTPS://h'), ['/', 'h']);
  assert.deepEqual(of('http://h?x=1'), ['/?x=1', 'h']);
  assert.deepEqual(of('*'), ['*', 'other']);
  assert.deepEqual(of('ftp://h/'), ['ftp://h/', 'other']);
  assert.equal(refusal('GET http://u@h/ HTTP/1.1', host), 'malformed');
  assert.equal(refusal('GET http:///k HTTP/1.1', host), 'malformed');
});

test('the end of a body is said in one way, or the request is refused', () => {
  for (const [fields, framing] of [
    [[], 0],
    [['content-length: 0'], 0],
    [['content-length: 0012'], 12],
    [['content-length: 9007199254740991'], Number.MAX_SAFE_INTEGER],
    [['transfer-encoding: chunked'], 'chunked'],
    [['Transfer-Encoding: CHUNKED'], 'chunked'],
  ] as const) {
    assert.equal(parse('PUT / HTTP/1.1', host, ...fields).framing, framing, fields.join());
  }
  for (const [fields, kind] of [
    [['content-length:'], 'malformed'],
    [['content-length: +5'], 'malformed'],
    [['content-length: -5'], 'malformed'],
    [['content-length: 5 5'], 'malformed'],
    [['content-length: 5, 5'], 'malformed'],
    [['content-length: 0x5'], 'malformed'],
    [['content-length: 5.0'], 'malformed'],
    [['content-length: 9007199254740992'], 'malformed'],
    [['content-length: 00000000000000005'], 'malformed'],
    [['content-length: 5', 'transfer-encoding: chunked'], 'malformed'],
    [['transfer-encoding: chunked', 'content-length: 5'], 'malformed'],
    [['transfer-encoding: chunked', 'transfer-encoding: chunked'], 'malformed'],
    [['transfer-encoding: chunked, identity'], 'malformed'],
    [['transfer-encoding: xchunked'], 'malformed'],
    [['transfer-encoding: chunked;q=1'], 'malformed'],
    [['transfer-encoding: \x0bchunked'], 'malformed'],
    [['transfer-encoding:'], 'malformed'],
    [['transfer-encoding: gzip, chunked'], 'coding-unsupported'],
    [['transfer-encoding: gzip', 'transfer-encoding: chunked'], 'coding-unsupported'],
  ] as const) {
    assert.equal(refusal('PUT / HTTP/1.1', host, ...fields), kind, fields.join());
  }
  assert.equal(refusal('PUT / HTTP/1.0', host, 'transfer-encoding: chunked'), 'malformed');
});

test('a connection is kept as its version and its options say', () => {
  for (const [minor, connection, keepAlive] of [
    [1, undefined, true],
    [1, 'keep-alive', true],
    [1, 'Close', false],
    [1, 'te, close', false],
    [1, 'closed', true],
    [0, undefined, false],
    [0, 'Keep-Alive', true],
    [0, 'keep-alive, close', false],
  ] as const) {
    const fields = connection === undefined ? [] : [`connection: ${connection}`];
    assert.equal(
      parse(`GET / HTTP/1.${minor}`, host, ...fields).keepAlive,
      keepAlive,
      `${minor} ${connection}`,
    );
  }
});

test('to continue is an expectation that is met, and refused when it is not said clearly', () => {
  assert.equal(parse('PUT / HTTP/1.1', host, 'expect: 100-Continue').expectsContinue, true);
  assert.equal(parse('PUT / HTTP/1.0', host, 'expect: 100-continue').expectsContinue, false);
  assert.equal(parse('PUT / HTTP/1.1', host).expectsContinue, false);
  for (const unclear of ['100-continue, 200-ok', 'y 100-continue', '"100-Continue"', '100-continue;a=b']) {
    assert.equal(refusal('PUT / HTTP/1.1', host, `expect: ${unclear}`), 'malformed', unclear);
  }
});

test('an expectation that is empty or not known is passed over', () => {
  for (const expect of ['', '  ', '200', '200-ok', 'a-pony']) {
    assert.equal(parse('PUT / HTTP/1.1', host, `expect: ${expect}`).expectsContinue, false, expect);
  }
});

test('a second empty line is no part of a head', () => {
  assert.throws(() => parseRequestHead('GET / HTTP/1.1\r\nhost: a\r\n\r\n\r\n'), HttpProblem);
});

test('a name that is nearly a usual one is itself', () => {
  const { headers } = parse(
    get,
    host,
    'HOSt-: 1',
    'x-amz-datf: 2',
    'Content_length: 3',
    'RANGE: 4',
    'rang~: 5',
    'rang^: 6',
  );
  assert.deepEqual(
    { ...headers },
    {
      host: 'a',
      'host-': '1',
      'x-amz-datf': '2',
      content_length: '3',
      range: '4',
      'rang~': '5',
      'rang^': '6',
    },
  );
});

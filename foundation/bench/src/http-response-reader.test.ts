import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HttpResponse, HttpResponseReader } from './http-response-reader.ts';

type Expected = { status: number; bodyBytes: number; keepAlive: boolean; body: string };

// Each is read whole, byte by byte, and in every split into two.
const responses: Record<string, { text: string; toHead?: boolean; expected: Expected }> = {
  'with a length': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello',
    expected: { status: 200, bodyBytes: 5, keepAlive: true, body: 'hello' },
  },
  'in chunks with an extension and a trailer': {
    text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=1\r\n world, it\r\n0\r\nT: v\r\n\r\n',
    expected: { status: 200, bodyBytes: 15, keepAlive: true, body: 'hello world, it' },
  },
  'to HEAD, which has a length and no body': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n',
    toHead: true,
    expected: { status: 200, bodyBytes: 0, keepAlive: true, body: '' },
  },
  'without content': {
    text: 'HTTP/1.1 204 No Content\r\n\r\n',
    expected: { status: 204, bodyBytes: 0, keepAlive: true, body: '' },
  },
  'after 100 Continue': {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno',
    expected: { status: 403, bodyBytes: 2, keepAlive: true, body: 'no' },
  },
  'that ends the connection': {
    text: 'HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    expected: { status: 503, bodyBytes: 0, keepAlive: false, body: '' },
  },
};

for (const [name, { text, toHead = false, expected }] of Object.entries(responses)) {
  test(`a response ${name} is read however it is split`, () => {
    const bytes = Buffer.from(text);
    const splits = [[bytes], Array.from(bytes, (byte) => Buffer.from([byte]))];
    for (let at = 1; at < bytes.length; at++) splits.push([bytes.subarray(0, at), bytes.subarray(at)]);
    const reader = new HttpResponseReader();
    for (const pieces of splits) {
      reader.expect({ toHead, keep: true });
      const { body, head, ...rest } = readAll(reader, pieces);
      assert.deepEqual({ ...rest, body: body.toString() }, expected);
      assert.match(head, /^HTTP\/1\.1 [2-5]/);
    }
  });
}

const malformed: Record<string, { text: string; message: RegExp }> = {
  'that is no HTTP': { text: 'SSH-2.0-OpenSSH\r\n\r\n', message: /status line, not with "SSH/ },
  'without any length': { text: 'HTTP/1.1 200 OK\r\n\r\n', message: /neither its length/ },
  'with more bytes than its length': {
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz',
    message: /2 bytes nobody asked for/,
  },
  'with a chunk of no size': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    message: /hexadecimal, not with "zz"/,
  },
};

for (const [name, { text, message }] of Object.entries(malformed)) {
  test(`a response ${name} is refused`, () => {
    const reader = new HttpResponseReader();
    reader.expect({ toHead: false });
    assert.throws(() => reader.push(Buffer.from(text)), message);
  });
}

test('only what a server refuses with is kept unasked', () => {
  const reader = new HttpResponseReader();
  const answer = (status: number) => {
    reader.expect({ toHead: false });
    return readAll(reader, [Buffer.from(`HTTP/1.1 ${status} X\r\nContent-Length: 5\r\n\r\nhello`)]);
  };
  assert.equal(answer(200).body.toString(), '');
  assert.equal(answer(507).body.toString(), 'hello');
  assert.equal(answer(507).head, '');
});

function readAll(reader: HttpResponseReader, pieces: readonly Buffer[]): HttpResponse {
  const responses = pieces.map((piece) => reader.push(piece));
  const last = responses.pop();
  assert(responses.every((response) => response === undefined) && last !== undefined);
  return last;
}

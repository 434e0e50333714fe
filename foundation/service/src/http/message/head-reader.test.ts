import assert from 'node:assert/strict';
import test from 'node:test';
import { ReceivedInput } from '../received-input.ts';
import { HeadReader } from './head-reader.ts';
import { HttpProblem } from './http-problem.ts';

const bytesMax = 200;

/** What a reader makes of bytes that come in pieces: targets, and the problem at the end. */
function outcome(pieces: readonly string[]): readonly string[] {
  const input = new ReceivedInput();
  const reader = new HeadReader({ bytesMax });
  const found: string[] = [];
  try {
    for (const piece of pieces) {
      const shared = Buffer.from(piece, 'latin1');
      input.add(shared, 0, shared.length);
      for (let head = reader.next(input); head !== undefined; head = reader.next(input))
        found.push(head.target);
      input.keep();
      shared.fill('!');
    }
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    found.push(error.kind);
  }
  return found;
}

const request = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nhost: a\r\n${more}\r\n`;

for (const [name, text, expected] of [
  ['one after the other', request('/1') + request('/2'), ['/1', '/2']],
  ['empty lines before a request', `\r\n\r\n${request('/1')}\r\n${request('/2')}`, ['/1', '/2']],
  ['as long as may be', request('/1', `x: ${'x'.repeat(bytesMax - 33)}\r\n`), ['/1']],
  ['a byte too long', request('/1', `x: ${'x'.repeat(bytesMax - 32)}\r\n`), ['head-too-large']],
  ['too long without an end', request('/1', `x: ${'x'.repeat(2 * bytesMax)}`), ['head-too-large']],
  ['a bare line feed in what gets too long', `GET / HTTP/1.1\n${'x'.repeat(2 * bytesMax)}`, ['malformed']],
  ['a bare carriage return', 'GET / HTTP/1.1\rhost: a\r\n', ['malformed']],
  ['lines that end in line feeds', 'GET / HTTP/1.1\nhost: a\n\n', ['malformed']],
  ['another protocol', '\x16\x03\x01\x02\x00\x01\x00', ['malformed']],
  ['a request behind a wrong one', `nonsense\r\n\r\n${request('/2')}`, ['malformed']],
  ['not whole yet', 'GET / HTTP/1.1\r\nhost: a\r\n', []],
] as const) {
  test(`heads are found wherever the network cut: ${name}`, () => {
    assert.deepEqual(outcome([text]), expected);
    assert.deepEqual(outcome([...text]), expected, 'byte by byte');
    for (let at = 1; at < text.length; at++) {
      assert.deepEqual(outcome([text.slice(0, at), text.slice(at)]), expected, `cut at ${at}`);
    }
  });
}

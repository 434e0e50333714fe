import assert from 'node:assert/strict';
import test from 'node:test';
import { chunkExtensionBytesMax, chunkLineBytesMax, trailerBytesMax } from '../limits.ts';
import { ChunkedCoding } from './chunked-coding.ts';
import { HttpProblem } from './http-problem.ts';

type Outcome = { readonly payload: string; readonly rest: string | undefined };

/** What is carried, and what stands behind the body; undefined when the body has not ended. */
function decode(pieces: readonly string[]): Outcome | 'refused' {
  const coding = new ChunkedCoding();
  let payload = '';
  let rest: string | undefined;
  try {
    for (const piece of pieces) {
      const bytes = Buffer.from(piece, 'latin1');
      const onData = (start: number, end: number) => {
        payload += bytes.toString('latin1', start, end);
      };
      const position = coding.take(bytes, { start: 0, end: bytes.length, onData });
      if (coding.ended) rest = (rest ?? '') + piece.slice(position);
    }
    return { payload, rest };
  } catch (error) {
    if (error instanceof HttpProblem) return 'refused';
    throw error;
  }
}

test('chunks are decoded, and what follows them is left', () => {
  for (const [text, payload, rest] of [
    ['0\r\n\r\n', '', ''],
    ['5\r\nhello\r\n0\r\n\r\nGET', 'hello', 'GET'],
    ['5\r\nhello\r\n00A;a=b;c\r\n0123456789\r\n0\r\n\r\n', 'hello0123456789', ''],
    ['1\r\na\r\n0;end\r\nX-Trailer: b\r\ny:\r\n\r\nmore', 'a', 'more'],
    ['3\r\n\r\n0\r\n0\r\n\r\n', '\r\n0', ''],
    ['5\r\nhel', 'hel', undefined],
    ['5\r\nhello\r\n0\r\n', 'hello', undefined],
  ] as const) {
    assert.deepEqual(decode([text]), { payload, rest }, text);
    assert.deepEqual(decode([...text]), { payload, rest }, `${text}, byte by byte`);
  }
});

test('what is not in chunks, or only almost, is refused', () => {
  for (const text of [
    '\r\n',
    '5\nhello\n0\n\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhello0\r\n\r\n',
    '5\r\nhelloX\r\n0\r\n\r\n',
    '5 \r\nhello\r\n0\r\n\r\n',
    ' 5\r\nhello\r\n',
    '0x5\r\nhello\r\n',
    '-5\r\n',
    '+5\r\nhello\r\n',
    '5g\r\nhello\r\n',
    ';a\r\n',
    '5;\x00\r\nhello\r\n',
    '5;a\rb\r\nhello\r\n',
    '10000000000000\r\n',
    'ffffffffffffff\r\n',
    '0\r\nno trailer\r\n\r\n',
    '0\r\n x: folded\r\n\r\n',
    '0\r\nx : y\r\n\r\n',
    '0\r\nx: \x7f\r\n\r\n',
    '0\r\n\n',
    '0\r\n\rX',
    `1;${'x'.repeat(chunkLineBytesMax)}\r\na\r\n`,
    `0\r\nx: ${'x'.repeat(trailerBytesMax)}\r\n\r\n`,
    `1;${'x'.repeat(200)}\r\na\r\n`.repeat(Math.ceil(chunkExtensionBytesMax / 200)),
  ]) {
    assert.equal(decode([text]), 'refused', JSON.stringify(text.slice(0, 60)));
    assert.equal(decode([...text]), 'refused', `${JSON.stringify(text.slice(0, 60))}, byte by byte`);
  }
});

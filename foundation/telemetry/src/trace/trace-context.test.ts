// The traceparent header, valid and not. The invalid cases are those of the specification and its test suite
// (https://github.com/w3c/trace-context/blob/main/test/test.py).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Random } from '@cairn/world';
import { childSpan, formatTraceparent, newTrace, parseTraceparent } from './trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

function randomOf(...chunks: readonly string[]): Random {
  const left = [...chunks];
  return { bytes: () => Buffer.from(left.shift()!, 'hex'), integer: () => 0 };
}

test('a header that the specification allows is read', () => {
  const context = { traceId, spanId, sampled: true };
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-01`), context);
  assert.deepEqual(parseTraceparent(`00-${traceId}-${spanId}-00`), { ...context, sampled: false });
  assert.deepEqual(
    parseTraceparent(`00-${traceId}-${spanId}-ff`),
    context,
    'flags that are not known are ignored',
  );
  assert.deepEqual(
    parseTraceparent(`cc-${traceId}-${spanId}-01`),
    context,
    'a later version is read as far as known',
  );
  assert.deepEqual(parseTraceparent(`cc-${traceId}-${spanId}-01-what-comes-later`), context);
});

const invalid: Readonly<Record<string, string | undefined>> = {
  'no header': undefined,
  empty: '',
  'forbidden version': `ff-${traceId}-${spanId}-01`,
  'version of one digit': `0-${traceId}-${spanId}-01`,
  'version that is not hexadecimal': `.0-${traceId}-${spanId}-01`,
  'trace id of zeros': `00-${'0'.repeat(32)}-${spanId}-01`,
  'span id of zeros': `00-${traceId}-${'0'.repeat(16)}-01`,
  'upper case': `00-${traceId.toUpperCase()}-${spanId}-01`,
  'trace id too short': `00-${traceId.slice(1)}-${spanId}-01`,
  'trace id too long': `00-${traceId}0-${spanId}-01`,
  'span id too short': `00-${traceId}-${spanId.slice(1)}-01`,
  'span id too long': `00-${traceId}-${spanId}0-01`,
  'flags of one digit': `00-${traceId}-${spanId}-1`,
  'flags that are not hexadecimal': `00-${traceId}-${spanId}-.0`,
  'no flags': `00-${traceId}-${spanId}`,
  'more behind version 00': `00-${traceId}-${spanId}-01-more`,
  'a dash behind version 00': `00-${traceId}-${spanId}-01-`,
  'more without a dash': `cc-${traceId}-${spanId}-01.more`,
  'two headers joined': `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`,
  'blanks around': ` 00-${traceId}-${spanId}-01 `,
};

for (const [name, header] of Object.entries(invalid)) {
  test(`an invalid traceparent is ignored: ${name}`, () => {
    assert.equal(parseTraceparent(header), undefined);
  });
}

test('what is written is read as the same', () => {
  for (const sampled of [true, false]) {
    const context = { traceId, spanId, sampled };
    assert.deepEqual(parseTraceparent(formatTraceparent(context)), context);
  }
});

test('a new trace takes its ids from the random, and never zeros', () => {
  const random = randomOf('00'.repeat(16), traceId, '00'.repeat(8), spanId);
  assert.deepEqual(newTrace(random), { traceId, spanId, sampled: true });
});

test('a child keeps the trace and the sampling and has a span of its own', () => {
  const child = childSpan({ traceId, spanId, sampled: false }, randomOf('0123456789abcdef'));
  assert.deepEqual(child, { traceId, spanId: '0123456789abcdef', sampled: false });
});

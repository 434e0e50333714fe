import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueueError } from '../queues/queue-error.ts';
import { queryAnswer, queryErrorAnswer } from './query-output.ts';

test('what a member says is text of XML', () => {
  const xml = queryAnswer(
    { Messages: [{ Body: '<a> & "b"\r\n' }] },
    { operation: 'ReceiveMessage', requestId: '1' },
  );
  assert.match(xml, /<Message><Body>&lt;a&gt; &amp; &quot;b&quot;&#xD;\n<\/Body><\/Message>/);
});

test('regression: an error that repeats what XML cannot carry is XML', () => {
  const error = new QueueError('InvalidParameterValue', 'Value \u0001\ud800\uffff is invalid.');
  assert.match(queryErrorAnswer(error, '1'), /<Message>Value \ufffd\ufffd\ufffd is invalid.<\/Message>/);
});

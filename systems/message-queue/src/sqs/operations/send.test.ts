import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LateMd5 } from '@cairn/hashing/late-digests';
import { realWorld } from '@cairn/world';
import { definitionOf } from '../../queues/queue-definition.ts';
import { QueueError } from '../../queues/queue-error.ts';
import { Input, type InputMembers } from '../input.ts';
import type { OperationCall } from '../operation.ts';
import { sendMessageBatch } from './send.ts';

const document = JSON.stringify({ attributes: {}, tags: {}, createdMs: 0, modifiedMs: 0 });
const definition = definitionOf(
  { name: 'jobs', id: '00', document },
  'arn:aws:sqs:us-east-1:000000000000:jobs',
);

const world = realWorld();

/** To a queue that cannot be opened. */
function batch(...Entries: readonly InputMembers[]) {
  const call = {
    principal: { name: 'anna' },
    world,
    digests: new LateMd5({ nextTurn: setImmediate, onUnavailable: () => {} }),
    queue: async () => definition,
    queues: { queue: () => Promise.reject(new QueueError('ServiceUnavailable', 'not now')) },
  };
  return sendMessageBatch(new Input({ Entries }), call as unknown as OperationCall);
}

test('regression: a batch without a valid entry does not ask a queue that cannot be opened', async () => {
  // Nobody waited for what was asked of the queue: its failure ended the process.
  const { Failed } = (await batch({ Id: 'a' }, { Id: 'b', MessageBody: '\0' })) as {
    Failed: { Id: string }[];
  };
  assert.deepEqual(
    Failed.map(({ Id }) => Id),
    ['a', 'b'],
  );
  await new Promise(setImmediate);
});

test('a batch with a valid entry fails as its queue does', async () => {
  await assert.rejects(batch({ Id: 'a', MessageBody: 'x' }, { Id: 'b' }), { code: 'ServiceUnavailable' });
});

test('regression: a system attribute is a trace header that every protocol can carry', async () => {
  const entry = (name: string, value: object) =>
    batch({ Id: 'a', MessageBody: 'x', MessageSystemAttributes: { [name]: value } });
  for (const [code, name, value] of [
    ['InvalidMessageContents', 'AWSTraceHeader', { DataType: 'String', StringValue: '\u0001' }],
    ['InvalidParameterValue', 'AWSTraceHeader', { DataType: 'String', StringValue: 'x'.repeat(2_049) }],
    ['InvalidParameterValue', 'AWSTraceHeader', { DataType: 'Binary', BinaryValue: 'eA==' }],
    ['InvalidParameterValue', 'SenderId', { DataType: 'String', StringValue: 'x' }],
  ] as const) {
    const { Failed } = (await entry(name, value)) as { Failed: { Code: string }[] };
    assert.equal(Failed[0]?.Code, code);
  }
  await assert.rejects(entry('AWSTraceHeader', { DataType: 'String', StringValue: 'Root=1-5759' }), {
    code: 'ServiceUnavailable',
  });
});

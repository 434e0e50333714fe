// Bodies of both protocols, signed by a user who may do everything, with values that are damaged or of another kind: an answer or
// an error of the client's, never one of ours.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateQueueCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { createLog } from '@cairn/telemetry';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { operations } from '../../src/sqs/operations.ts';
import { clientOf, openEndpoint } from './sqs-fixture.ts';

const rounds = 150;

const oddValues: readonly unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    '',
    ' ',
    'x'.repeat(3_000),
    '\u0000',
    '\ud800',
    '__proto__',
    '99999999999999999999',
  ],
  ...[
    [],
    {},
    [null],
    [[]],
    { toString: 1 },
    { DataType: 'Number', StringValue: 'one' },
    { constructor: { name: 1 } },
  ],
];

function validInput(url: string, body: string): Record<string, unknown> {
  const MessageAttributes = { kind: { DataType: 'String', StringValue: 'a' } };
  const message = { MessageBody: body, DelaySeconds: 0, MessageAttributes };
  return {
    ...{
      QueueUrl: url,
      QueueName: 'made',
      ReceiptHandle: 'AQ',
      VisibilityTimeout: 0,
      MaxNumberOfMessages: 1,
    },
    ...{ ...message, WaitTimeSeconds: 0, AttributeNames: ['All'], MessageAttributeNames: ['All'] },
    ...{
      Attributes: { VisibilityTimeout: '1', DelaySeconds: '0' },
      Tags: { a: 'b' },
      TagKeys: ['a'],
      Label: 'label',
    },
    ...{ Entries: [{ Id: 'one', ...message, ReceiptHandle: 'AQ', VisibilityTimeout: 0 }] },
    ...{
      AWSAccountIds: ['000000000000'],
      Actions: ['SendMessage'],
      SourceArn: 'arn:aws:sqs:us-east-1:000000000000:dead',
    },
    ...{ MaxResults: 3, NextToken: 'next', TaskHandle: 'handle', ReceiveRequestAttemptId: 'attempt' },
  };
}

/** Replaces a member, at any depth. */
function damagedValue(value: unknown, random: SeededRandom): unknown {
  const members = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (members.length === 0 || random.integer(6) === 0) return oddValues[random.integer(oddValues.length)];
  const name = members[random.integer(members.length)]!;
  const changed = damagedValue((value as Record<string, unknown>)[name], random);
  return Array.isArray(value) ? value.with(Number(name), changed) : { ...(value as object), [name]: changed };
}

function damagedText(text: string, random: SeededRandom): string {
  const at = random.integer(text.length);
  const odd = ['', '"', '{', '[', '%', '&', '=', '.', '\\', '\u0001', 'é'][random.integer(11)]!;
  return `${text.slice(0, at)}${odd}${text.slice(at + random.integer(3))}`;
}

function parameters(value: unknown, name: string): readonly [string, string][] {
  if (typeof value !== 'object' || value === null) return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, member]) => {
    const inner = Array.isArray(value) ? String(Number(key) + 1) : key;
    return parameters(member, name === '' ? inner : `${name}.${inner}`);
  });
}

/** Gives the request another body before it is signed; of the status that comes back. */
async function send(
  sqs: SQSClient,
  { operation, body, isQuery }: { operation: string; body: string; isQuery: boolean },
): Promise<number> {
  const command = new ListQueuesCommand({});
  let status = 0;
  command.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string; headers: Record<string, string> };
      request.body = body;
      request.headers['x-amz-target'] = `AmazonSQS.${operation}`;
      if (isQuery) {
        delete request.headers['x-amz-target'];
        request.headers['content-type'] = 'application/x-www-form-urlencoded';
      }
      return next(args);
    },
    { step: 'build', priority: 'high' },
  );
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      status = (result.response as { statusCode: number }).statusCode;
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  // What it makes of answers to what it did not ask is its own affair.
  await sqs.send(command).catch(() => {});
  return status;
}

test('damaged bodies of either protocol are answered or are the client’s error', async (context) => {
  const seed = realWorld().random.integer(2 ** 32);
  context.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const errors: string[] = [];
  const destination = { write: (line: string) => void errors.push(line) };
  const log = createLog({ level: 'error', clock: realWorld().clock, destination });
  const endpoint = await openEndpoint(context, { log });
  const sqs = clientOf(context, endpoint);
  const urls: string[] = [];
  for (const QueueName of ['jobs', 'jobs.fifo']) {
    const Attributes = QueueName.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
    urls.push((await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!);
  }
  const names = [...operations.keys()];
  const statuses = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const operation = names[random.integer(names.length)]!;
    if (operation === 'DeleteQueue') continue;
    const isQuery = random.integer(2) === 0;
    const valid = validInput(urls[random.integer(2)]!, `body ${round}`);
    const input = random.integer(8) === 0 ? valid : (damagedValue(valid, random) as Record<string, unknown>);
    const query = () =>
      new URLSearchParams(
        [['Action', operation], ...parameters(input, '')].map(([name, value]) => [name!, value!]),
      ).toString();
    let body = isQuery ? query() : (JSON.stringify(input) ?? '');
    if (random.integer(3) === 0 && body.length > 0) body = damagedText(body, random);
    const status = await send(sqs, { operation, body, isQuery });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    assert.ok(status >= 200 && status < 500, `seed ${seed}: ${status} of ${operation} for ${body}`);
  }
  context.diagnostic(JSON.stringify([...statuses]));
  assert.ok((statuses.get(200) ?? 0) > 10 && (statuses.get(400) ?? 0) > 10);
  assert.deepEqual(errors, [], `seed ${seed}`);
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: urls[0]! }));
});

// The AWS SDK for JavaScript, in its JSON protocol, against the endpoint.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  AddPermissionCommand,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  type CreateQueueCommandInput,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  RemovePermissionCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { temporaryDirectory } from '@cairn/testing';
import { account, clientOf, openEndpoint, userKey } from './sqs-fixture.ts';

async function setUp(context: TestContext): Promise<SQSClient> {
  return clientOf(context, await openEndpoint(context));
}

async function create(
  client: SQSClient,
  name: string,
  Attributes: CreateQueueCommandInput['Attributes'] = {},
): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl!;
}

async function receive(
  client: SQSClient,
  QueueUrl: string,
  options: Partial<ReceiveMessageCommandInput> = {},
): Promise<readonly Message[]> {
  const request = {
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ['All' as const],
    ...options,
  };
  return (await client.send(new ReceiveMessageCommand(request))).Messages ?? [];
}

function bodies(messages: readonly Message[]): readonly string[] {
  return messages.map(({ Body }) => Body!);
}

const send = (client: SQSClient, QueueUrl: string, MessageBody: string, more = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));

test('a message is sent, received, and gone once it is deleted', async (context) => {
  const client = await setUp(context);
  // Long enough for what is asked while it is in flight.
  const url = await create(client, 'jobs', { VisibilityTimeout: '4' });
  const sent = await send(client, url, 'häuser', {
    MessageAttributes: {
      color: { DataType: 'String', StringValue: 'blue' },
      raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
    },
  });
  assert.equal(sent.MD5OfMessageBody, createHash('md5').update('häuser').digest('hex'));
  const [message] = await receive(client, url, { MessageAttributeNames: ['All'] });
  assert.equal(message?.Body, 'häuser');
  assert.equal(message.MessageId, sent.MessageId);
  assert.equal(message.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.deepEqual([...message.MessageAttributes!.raw!.BinaryValue!], [0, 255]);
  assert.equal(message.Attributes?.ApproximateReceiveCount, '1');
  assert.deepEqual(await receive(client, url), []);
  const again = await receive(client, url, { WaitTimeSeconds: 20 });
  assert.equal(again[0]?.Attributes?.ApproximateReceiveCount, '2');
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
  const counted = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  assert.equal(
    counted.Attributes?.ApproximateNumberOfMessagesNotVisible,
    '1',
    'the older handle does nothing',
  );
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again[0]!.ReceiptHandle }));
  assert.deepEqual(await receive(client, url, { WaitTimeSeconds: 5 }), []);
});

test('a receiver that waits gets what is sent meanwhile, at once', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs');
  const started = performance.now();
  const waiting = receive(client, url, { WaitTimeSeconds: 20 });
  await send(client, url, 'a');
  assert.deepEqual(bodies(await waiting), ['a']);
  assert(performance.now() - started < 10_000, 'it did not wait for its time to be over');
});

test('batches: entries succeed and fail one by one', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs', { MaximumMessageSize: '1024' });
  const sent = await client.send(
    new SendMessageBatchCommand({
      QueueUrl: url,
      Entries: [
        { Id: 'a', MessageBody: 'first' },
        { Id: 'b', MessageBody: 'x'.repeat(1_025) },
        { Id: 'c', MessageBody: 'third' },
      ],
    }),
  );
  assert.deepEqual(
    sent.Successful?.map(({ Id }) => Id),
    ['a', 'c'],
  );
  assert.deepEqual(
    sent.Failed?.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [['b', 'InvalidParameterValue', true]],
  );
  const messages = await receive(client, url);
  assert.deepEqual(bodies(messages), ['first', 'third']);
  const [one, two] = messages.map(({ ReceiptHandle }) => ReceiptHandle!);
  const forged = two!.replace(/^.{20}/, (start) => start.split('').reverse().join(''));
  const changed = await client.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl: url,
      Entries: [{ Id: 'a', ReceiptHandle: one, VisibilityTimeout: 0 }],
    }),
  );
  assert.deepEqual(
    changed.Successful?.map(({ Id }) => Id),
    ['a'],
  );
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: url,
      Entries: [
        { Id: 'x', ReceiptHandle: two },
        { Id: 'y', ReceiptHandle: forged },
      ],
    }),
  );
  assert.deepEqual(
    deleted.Successful?.map(({ Id }) => Id),
    ['x'],
  );
  assert.deepEqual(
    deleted.Failed?.map(({ Id, Code }) => [Id, Code]),
    [['y', 'ReceiptHandleIsInvalid']],
  );
  assert.deepEqual(bodies(await receive(client, url)), ['first']);
});

test('a FIFO queue keeps groups in order, gives nothing of a group that is in flight, and knows duplicates', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs.fifo', { FifoQueue: 'true', ContentBasedDeduplication: 'true' });
  const [a1] = [await send(client, url, 'a1', { MessageGroupId: 'a' })];
  for (const body of ['a2', 'b1', 'a3']) await send(client, url, body, { MessageGroupId: body[0] });
  const repeated = await send(client, url, 'a1', { MessageGroupId: 'a' });
  assert.equal(repeated.MessageId, a1.MessageId);
  assert.equal(repeated.SequenceNumber, a1.SequenceNumber);
  const [first] = await receive(client, url, { MaxNumberOfMessages: 1, ReceiveRequestAttemptId: 'try-1' });
  assert.equal(first?.Body, 'a1');
  const contentId = createHash('sha256').update('a1').digest('hex');
  assert.equal(
    first.Attributes?.MessageDeduplicationId,
    contentId,
    'regression: also one that the queue made',
  );
  const same = await receive(client, url, { MaxNumberOfMessages: 1, ReceiveRequestAttemptId: 'try-1' });
  assert.equal(same[0]?.ReceiptHandle, first.ReceiptHandle);
  assert.deepEqual(bodies(await receive(client, url)), ['b1']);
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: first.ReceiptHandle }));
  const rest = await receive(client, url);
  assert.deepEqual(bodies(rest), ['a2', 'a3']);
  await client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle: rest[0]!.ReceiptHandle,
      VisibilityTimeout: 0,
    }),
  );
  await assert.rejects(
    client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: rest[0]!.ReceiptHandle })),
    /receipt handle has expired/,
  );
  assert.deepEqual(await receive(client, url), [], 'a3 is in flight still');
});

test('what is received too often goes to the dead-letter queue, and back by a move task', async (context) => {
  const client = await setUp(context);
  const dead = await create(client, 'dead');
  const target = `arn:aws:sqs:us-east-1:${account}:dead`;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 1 });
  const url = await create(client, 'jobs', { VisibilityTimeout: '0', RedrivePolicy });
  await send(client, url, 'poison');
  assert.deepEqual(bodies(await receive(client, url)), ['poison']);
  assert.deepEqual(await receive(client, url), []);
  const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
  assert.deepEqual(sources.queueUrls, [url]);
  const [letter] = await receive(client, dead, { VisibilityTimeout: 0 });
  assert.equal(letter?.Body, 'poison');
  assert.equal(letter.Attributes?.DeadLetterQueueSourceArn, target.replace(/dead$/, 'jobs'));
  await client.send(new StartMessageMoveTaskCommand({ SourceArn: target }));
  assert.deepEqual(bodies(await receive(client, url, { WaitTimeSeconds: 10 })), ['poison']);
  const isMoved = async () => {
    const { Results } = await client.send(new ListMessageMoveTasksCommand({ SourceArn: target }));
    assert.equal(Results?.[0]?.Status, 'COMPLETED');
    assert.equal(Results[0].ApproximateNumberOfMessagesMoved, 1);
  };
  await context.waitFor(isMoved, { timeout: 60_000 });
});

test('delays: of the queue, and of a message', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs', { DelaySeconds: '4' });
  await send(client, url, 'later');
  await send(client, url, 'now', { DelaySeconds: 0 });
  assert.deepEqual(bodies(await receive(client, url)), ['now']);
  assert.deepEqual(bodies(await receive(client, url, { WaitTimeSeconds: 10 })), ['later']);
});

test('queues: made again with the same attributes, listed by pages, tagged, purged, deleted', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs', { VisibilityTimeout: '5' });
  assert.equal(await create(client, 'jobs', { VisibilityTimeout: '5' }), url);
  await assert.rejects(create(client, 'jobs', { VisibilityTimeout: '6' }), { name: 'QueueNameExists' });
  for (const name of ['a', 'b']) await create(client, name);
  const page = await client.send(new ListQueuesCommand({ MaxResults: 2 }));
  assert.equal(page.QueueUrls?.length, 2);
  const rest = await client.send(new ListQueuesCommand({ MaxResults: 2, NextToken: page.NextToken }));
  assert.deepEqual([rest.QueueUrls, rest.NextToken], [[url], undefined]);
  await client.send(new TagQueueCommand({ QueueUrl: url, Tags: { team: 'x', env: 'y' } }));
  await client.send(new UntagQueueCommand({ QueueUrl: url, TagKeys: ['env'] }));
  assert.deepEqual((await client.send(new ListQueueTagsCommand({ QueueUrl: url }))).Tags, { team: 'x' });
  await send(client, url, 'a');
  await client.send(new PurgeQueueCommand({ QueueUrl: url }));
  assert.deepEqual(await receive(client, url), []);
  await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { DelaySeconds: '3' } }));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  assert.equal(Attributes?.DelaySeconds, '3');
  assert.equal(Attributes.QueueArn, `arn:aws:sqs:us-east-1:${account}:jobs`);
  assert.equal(Attributes.MaximumMessageSize, '1048576');
  await client.send(new DeleteQueueCommand({ QueueUrl: url }));
  await assert.rejects(client.send(new GetQueueUrlCommand({ QueueName: 'jobs' })), {
    name: 'QueueDoesNotExist',
  });
});

test('who may do what: policies of identity, of the queue, and permissions in it', async (context) => {
  const endpoint = await openEndpoint(context);
  const root = clientOf(context, endpoint);
  const anna = clientOf(context, endpoint, userKey);
  const [open, closed] = [await create(root, 'open-jobs'), await create(root, 'jobs')];
  await send(anna, open, 'a');
  await assert.rejects(receive(anna, open), { name: 'AccessDenied' });
  // Regression: only a policy for `*` let to the list.
  assert.equal((await anna.send(new ListQueuesCommand({}))).QueueUrls?.length, 2);
  await assert.rejects(send(anna, closed, 'a'), { name: 'AccessDenied' });
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:user/anna` },
    Action: 'sqs:*',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await root.send(new SetQueueAttributesCommand({ QueueUrl: closed, Attributes: { Policy } }));
  await send(anna, closed, 'a');
  for (const [region, isLetIn] of [
    ['us-east-1', true],
    ['eu-west-1', false],
  ] as const) {
    const Condition = { StringEquals: { 'aws:RequestedRegion': region } };
    const Statement = [{ ...statement, Condition }];
    const Elsewhere = JSON.stringify({ Version: '2012-10-17', Statement });
    await root.send(new SetQueueAttributesCommand({ QueueUrl: closed, Attributes: { Policy: Elsewhere } }));
    if (isLetIn) await send(anna, closed, 'a');
    else await assert.rejects(send(anna, closed, 'a'), { name: 'AccessDenied' });
  }
  await root.send(new SetQueueAttributesCommand({ QueueUrl: closed, Attributes: { Policy } }));
  await root.send(
    new AddPermissionCommand({
      QueueUrl: closed,
      Label: 'l',
      AWSAccountIds: [account],
      Actions: ['SendMessage'],
    }),
  );
  await root.send(new RemovePermissionCommand({ QueueUrl: closed, Label: 'l' }));
  await send(anna, closed, 'a');
  await root.send(new SetQueueAttributesCommand({ QueueUrl: closed, Attributes: { Policy: '' } }));
  await assert.rejects(send(anna, closed, 'a'), { name: 'AccessDenied' });
  const stranger = clientOf(context, endpoint, { ...userKey, secretAccessKey: 'guessed' });
  await assert.rejects(send(stranger, open, 'a'), { name: 'SignatureDoesNotMatch' });
});

test('after a restart: what was deleted is gone, what was received is there again, its handle still good', async (context) => {
  const directory = await temporaryDirectory(context);
  const first = await openEndpoint(context, { directory });
  const before = clientOf(context, first);
  const url = await create(before, 'jobs');
  for (const body of ['a', 'b', 'c']) await send(before, url, body);
  const [a, b] = await receive(before, url, { MaxNumberOfMessages: 2 });
  await before.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: a!.ReceiptHandle }));
  await first.close();
  const second = await openEndpoint(context, { directory, start: 2 });
  const after = clientOf(context, second);
  const QueueUrl = `${second.url}/${account}/jobs`;
  await after.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: b!.ReceiptHandle }));
  assert.deepEqual(bodies(await receive(after, QueueUrl)), ['c']);
});

test('bad input: refused as AWS does', async (context) => {
  const client = await setUp(context);
  const url = await create(client, 'jobs');
  const fifo = await create(client, 'jobs.fifo', { FifoQueue: 'true' });
  for (const [call, name] of [
    [() => send(client, url.replace('jobs', 'none'), 'a'), 'QueueDoesNotExist'],
    [() => send(client, url, 'a\u0000'), 'InvalidMessageContents'],
    [() => send(client, url, 'a\uffff'), 'InvalidMessageContents'],
    [() => send(client, url, 'a', { DelaySeconds: 901 }), 'InvalidParameterValue'],
    [() => send(client, url, 'a', { MessageDeduplicationId: 'x' }), 'InvalidParameterValue'],
    [() => send(client, fifo, 'a', { MessageDeduplicationId: 'x' }), 'MissingParameter'],
    [() => send(client, fifo, 'a', { MessageGroupId: 'x' }), 'InvalidParameterValue'],
    [() => create(client, 'no spaces'), 'InvalidParameterValue'],
    [() => create(client, 'x', { VisibilityTimeout: '43201' }), 'InvalidAttributeValue'],
    [() => create(client, 'x', { Colour: 'red' } as never), 'InvalidAttributeName'],
    [() => receive(client, url, { MaxNumberOfMessages: 11 }), 'InvalidParameterValue'],
    [
      () => client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'x' })),
      'ReceiptHandleIsInvalid',
    ],
    [() => client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: [] })), 'EmptyBatchRequest'],
  ] as const) {
    await assert.rejects(
      call(),
      (error: Error) => error.name === name || assert.fail(`${error.name}: ${error.message}, not ${name}`),
    );
  }
});

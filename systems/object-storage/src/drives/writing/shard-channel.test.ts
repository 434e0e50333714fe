import assert from 'node:assert/strict';
import test from 'node:test';
import { ShardChannel } from './shard-channel.ts';

const bytes = (value: number) => Uint8Array.of(value);

test('chunks come out in order, and then the end', async () => {
  const channel = new ShardChannel({ waitingMax: 4 });
  const all = Array.fromAsync(channel);
  for (const value of [1, 2, 3]) await channel.push(bytes(value));
  channel.end();
  assert.deepEqual(await all, [bytes(1), bytes(2), bytes(3)]);
});

test('who pushes waits while as many wait as may', async () => {
  const channel = new ShardChannel({ waitingMax: 2 });
  assert.equal(channel.push(bytes(1)), undefined);
  const wait = channel.push(bytes(2));
  assert(wait instanceof Promise);
  await channel.next();
  await wait;
});

test('a failure reaches who takes, after what it waits for too', async () => {
  const channel = new ShardChannel({ waitingMax: 2 });
  const next = channel.next();
  channel.fail(new Error('the source broke'));
  await assert.rejects(next, /source broke/);
  await assert.rejects(channel.next(), /source broke/);
});

test('who leaves holds up nobody', async () => {
  const channel = new ShardChannel({ waitingMax: 1 });
  const wait = channel.push(bytes(1));
  await channel.return();
  await wait;
  assert.equal(channel.push(bytes(2)), undefined);
  assert.equal(channel.isLeft, true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../simulated/simulation.ts';

type Received = {
  readonly to: string;
  readonly message: unknown;
  readonly from: string;
  readonly atMs: number;
};

/** Two machines, `a` and `b`, that write down what reaches them. */
function pair(seed = 1) {
  const simulation = new Simulation({ seed });
  const received: Received[] = [];
  const open = (name: string) =>
    simulation.network.open<unknown>(simulation.machine(name), (message, from) => {
      received.push({ to: name, message, from, atMs: simulation.clock.monotonicMs() });
    });
  return { simulation, received, a: open('a'), b: open('b'), open };
}

test('a message arrives once, as a copy, with its sender and a delay', async () => {
  const { simulation, received, a } = pair();
  const message = { bytes: new Uint8Array([1, 2]) };
  await simulation.run(async () => {
    a.send('b', message);
    message.bytes[0] = 9;
    await simulation.clock.sleep(10);
  });
  assert.equal(received.length, 1);
  assert.deepEqual(received[0]!.message, { bytes: new Uint8Array([1, 2]) });
  assert.equal(received[0]!.from, 'a');
  assert(received[0]!.atMs >= 0.1 && received[0]!.atMs <= 1);
});

test('messages overtake each other, are lost and come twice, as often as asked for', async () => {
  const { simulation, received, a } = pair();
  simulation.network.setConditions({ dropProbability: 0.2, repeatProbability: 0.1 });
  const sent = 2_000;
  await simulation.run(async () => {
    for (let n = 0; n < sent; n += 1) a.send('b', n);
    await simulation.clock.sleep(10);
  });
  const numbers = received.map(({ message }) => Number(message));
  const distinct = new Set(numbers).size;
  assert(Math.abs(distinct - sent * 0.8) < sent * 0.05, `${distinct} arrived`);
  assert(Math.abs(numbers.length - distinct * 1.1) < sent * 0.05, `${numbers.length - distinct} came twice`);
  assert(
    numbers.some((number, index) => index > 0 && number < numbers[index - 1]!),
    'none overtook another',
  );
});

test('a late message arrives after its sender died', async () => {
  const { simulation, received, a } = pair();
  simulation.network.setConditions({ lateProbability: 1, lateMs: { min: 5_000, max: 5_000 } });
  await simulation.run(async () => {
    a.send('b', 'late');
    simulation.machine('a').crash();
    await simulation.clock.sleep(4_999);
    assert.equal(received.length, 0);
    await simulation.clock.sleep(2);
  });
  assert.deepEqual(
    received.map(({ message }) => message),
    ['late'],
  );
});

test('nothing passes a cut, not even what was under way, until it is mended', async () => {
  const { simulation, received, a, b } = pair();
  await simulation.run(async () => {
    a.send('b', 'under way');
    simulation.network.cut('b', 'a');
    b.send('a', 'back');
    await simulation.clock.sleep(10);
    simulation.network.mend('a', 'b');
    await simulation.clock.sleep(10);
    a.send('b', 'mended');
    await simulation.clock.sleep(10);
  });
  assert.deepEqual(
    received.map(({ message }) => message),
    ['mended'],
  );
});

test('an endpoint dies with its process, and its successor gets what arrives then', async () => {
  const { simulation, received, a, b, open } = pair();
  await simulation.run(async () => {
    a.send('b', 'lost');
    simulation.machine('b').crash();
    await simulation.clock.sleep(10);
    simulation.network.setConditions({ delayMs: { min: 50, max: 50 } });
    a.send('b', 'found');
    simulation.machine('b').restart();
    open('b');
    b.send('a', 'from the grave');
    await simulation.clock.sleep(100);
  });
  assert.deepEqual(
    received.map(({ message }) => message),
    ['found'],
  );
});

test('a process that stalls receives afterwards', async () => {
  const { simulation, received, a } = pair();
  await simulation.run(async () => {
    simulation.machine('b').stall(1_000);
    a.send('b', 'waits');
    await simulation.clock.sleep(2_000);
  });
  assert.deepEqual(
    received.map(({ atMs }) => atMs),
    [1_000],
  );
});

test('after heal every message arrives once', async () => {
  const { simulation, received, a } = pair();
  simulation.network.setConditions({ dropProbability: 1 });
  simulation.network.cut('a', 'b');
  await simulation.run(async () => {
    a.send('b', 'lost');
    simulation.network.heal();
    a.send('b', 'there');
    await simulation.clock.sleep(10);
  });
  assert.deepEqual(
    received.map(({ message }) => message),
    ['there'],
  );
});

test('a seed decides what the network does, event for event', async () => {
  const hashes = [7, 7, 8].map(async (seed) => {
    const { simulation, a } = pair(seed);
    simulation.network.setConditions({ dropProbability: 0.5, repeatProbability: 0.5 });
    await simulation.run(async () => {
      for (let n = 0; n < 50; n += 1) a.send('b', n);
      await simulation.clock.sleep(10);
    });
    return simulation.traceHash;
  });
  const [first, again, other] = await Promise.all(hashes);
  assert.equal(first, again);
  assert.notEqual(first, other);
});

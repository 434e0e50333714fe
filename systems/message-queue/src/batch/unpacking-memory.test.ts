import assert from 'node:assert/strict';
import test from 'node:test';
import { UnpackingMemory } from './unpacking-memory.ts';

test('work waits in its order until there is room, also behind work that fails', async () => {
  const memory = new UnpackingMemory(10);
  const begun: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const run = (name: string, bytes: number) => {
    const gate = Promise.withResolvers<void>();
    gates.set(name, gate);
    return memory.run(bytes, () => {
      begun.push(name);
      return gate.promise;
    });
  };
  const [first, second] = [run('first', 6), run('second', 6)];
  // It would fit, but does not overtake.
  const third = run('third', 4);
  assert.deepEqual([begun, memory.usedBytes], [['first'], 6]);
  gates.get('first')!.reject(new Error('broken'));
  await assert.rejects(first, /broken/);
  gates.get('second')!.resolve();
  gates.get('third')!.resolve();
  await Promise.all([second, third]);
  assert.deepEqual([begun, memory.usedBytes], [['first', 'second', 'third'], 0]);
});

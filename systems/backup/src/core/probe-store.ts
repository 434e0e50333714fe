// Whether a store keeps to put-if-absent (DESIGN.md, G2): one that ignores the condition would let a fence and a snapshot both
// win, and gc delete what a snapshot refers to.

import type { Blobs } from '@cairn/engines';
import type { World } from '@cairn/world';
import { BackupError } from '../errors.ts';
import { collectBody } from './store/collect-body.ts';
import { onStore } from './store/store-error.ts';

const probeBytes = 16;

/** Throws `unsafe-store`. Leaves nothing behind. */
export async function probeStore({ blobs, world }: { blobs: Blobs; world: World }): Promise<void> {
  const name = `probe-${world.random.bytes(probeBytes).toString('hex')}`;
  const [first, second] = [world.random.bytes(probeBytes), world.random.bytes(probeBytes)];
  await onStore('try out put-if-absent', async () => {
    try {
      const outcomes = [
        await blobs.put(name, first, { ifAbsent: true }),
        await blobs.put(name, second, { ifAbsent: true }),
      ];
      const content = await blobs.get(name);
      const kept = content && (await collectBody(content.body, probeBytes));
      if (outcomes.join() === 'stored,exists' && kept?.equals(first)) return;
    } finally {
      await blobs.delete([name]);
    }
    throw new BackupError('unsafe-store', {
      attempted: 'make a repository',
      detail: 'put-if-absent (If-None-Match: *) does not keep what is there',
    });
  });
}

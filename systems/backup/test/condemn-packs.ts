// Puts a condemnation, as a collector would, of packs that are there.

import type { Repository } from '../src/core/repository.ts';
import { objectName } from '../src/format/object-names.ts';
import { encodeCondemned } from '../src/format/records/condemned.ts';

export async function condemnPacks(repository: Repository, packs: readonly string[]): Promise<void> {
  const name = objectName('condemned', repository.world.random.bytes(16).toString('hex'));
  const payload = encodeCondemned({ session: '0'.repeat(32), packs });
  await repository.objects.putIfAbsent({ kind: 'condemned', name }, payload);
}

// A set that is made: only where it hides nothing.

import type { Random } from '@cairn/world';
import { type FoundFolder, refuse } from './match-drives.ts';
import type { SetState, SlotState } from './set-state.ts';

export async function newState(
  found: readonly FoundFolder[],
  { random, mayCreate }: { random: Random; mayCreate: () => Promise<boolean> },
): Promise<SetState> {
  if (!(await mayCreate())) {
    refuse(
      'the object storage has objects, but none of the folders of object-storage.data.drives holds a drive of it',
    );
  }
  for (const { folder, bare, failure } of found) {
    if (!bare) refuse(`${folder} is not empty, so it cannot become a drive${failure ? `: ${failure}` : ''}`);
  }
  const set = random.bytes(16).toString('hex');
  return { set, slots: found.map(() => newSlot(random)) };
}

export function newSlot(random: Random): SlotState {
  const drive = random.bytes(16).toString('hex');
  return { placement: random.bytes(4).readUInt32LE(), drive, generation: 0, missed: false };
}

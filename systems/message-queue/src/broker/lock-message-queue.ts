// One process at a time has the folder of a message queue.

import type { World } from '@cairn/world';

/** Gives how to let go of it. Throws an Error while another process has it. */
export async function lockMessageQueue(world: World, directory: string): Promise<() => Promise<void>> {
  const lock = await world.disk.lockDirectory(directory);
  if (lock === undefined)
    throw new Error(`could not open the message queue in ${directory}: another process has it open`);
  return () => lock.release();
}

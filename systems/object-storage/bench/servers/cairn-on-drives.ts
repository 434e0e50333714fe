// Ours on twelve folders with 8+4, all of them on the disk of the data folder, and what a client notices when two are gone.

import { rm } from 'node:fs/promises';
import { type CairnServer, makeDataFolder, startCairn, thisCheckout } from './cairn.ts';
import type { ServerKind } from './server.ts';

export type DriveServer = CairnServer & { readonly loseTwoDrives: () => Promise<void> };

const drives = 12;

/** Another name for each kind: cases run two of them at the same time. */
export function cairnOnDrives(name: string): ServerKind<DriveServer> {
  return {
    name,
    version: async () => '8+4',
    start: async () => {
      const data = await makeDataFolder();
      const folders = Array.from({ length: drives }, (_, number) => `${data}/drive-${number}`);
      const settings = [
        `object-storage.data.drives=${folders.join(',')}`,
        'object-storage.data.redundancy=8+4',
      ];
      const server = await startCairn(thisCheckout, `${data}/data`, settings);
      return {
        ...server,
        stop: async () => {
          await server.stop();
          await rm(data, { recursive: true });
        },
        // Moved away would do no harm: what is open is read all the same, until the server looks.
        loseTwoDrives: async () => {
          for (const folder of folders.slice(0, 2)) await rm(folder, { recursive: true });
          await new Promise((resolve) => setTimeout(resolve, noticedMs));
        },
      };
    },
  };
}

/** Twice as long as it takes a server to look at its drives. */
const noticedMs = 5_000;

// Real files of all kinds and sizes: what /usr has, copied until the wanted bytes are there.

import { copyFileSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

export function makeMixedFiles(folder: string, bytesWanted: number): void {
  let bytes = 0;
  const copy = (from: string, to: string): void => {
    for (const name of readdirSync(from).sort()) {
      if (bytes >= bytesWanted) return;
      const [source, target] = [join(from, name), join(to, name)];
      const stat = lstatSync(source, { throwIfNoEntry: false });
      if (stat?.isDirectory()) {
        mkdirSync(target);
        copy(source, target);
      } else if (stat?.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
      else if (stat?.isFile()) {
        copyFileSync(source, target);
        bytes += stat.size;
      }
    }
  };
  mkdirSync(folder, { recursive: true });
  // Programs and libraries first, as /usr/bin sorts before /usr/share, of which there is more than enough.
  copy('/usr', folder);
}

// Who made a snapshot, as it says itself.

import { readFileSync } from 'node:fs';

/** `cairn 0.1.0`. */
export function programName(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return `cairn ${JSON.parse(manifest).version}`;
}

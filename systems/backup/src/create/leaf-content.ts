// The content of entries that are neither files nor directories.

import { readlinkSync } from 'node:fs';
import type { EntryContent, EntryType } from '../format/tree-entry.ts';
import { deviceNumbers, type EntryStat } from './entry-stat.ts';
import { filePath } from './file-path.ts';

export type LeafType = Exclude<EntryType, 'file' | 'directory'>;

/** Throws the system's error when a link cannot be read. `path` has one byte per character. */
export function leafContent(path: string, type: LeafType, stat: EntryStat): EntryContent {
  switch (type) {
    case 'symlink':
      return { kind: 'symlink', target: readlinkSync(filePath(path), { encoding: 'buffer' }) };
    case 'character-device':
    case 'block-device':
      return { kind: 'device', ...deviceNumbers(stat.rdev) };
    case 'fifo':
    case 'socket':
      return { kind: 'none' };
    default:
      return type satisfies never;
  }
}

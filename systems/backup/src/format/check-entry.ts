// What a writer asserts of an entry before it becomes bytes: the rules that `TreeCursor` reads by. A walker that breaks one is
// wrong, and finds out before a snapshot is committed that nobody could read.

import assert from 'node:assert/strict';
import { fingerprintBytes } from './chunk-entry.ts';
import { secondsHighest } from './timestamp.ts';
import type { EntryContent, EntryType, ExtendedAttribute, Timestamp, TreeEntry } from './tree-entry.ts';
import { modeHighest, nanosecondsHighest, ownerHighest } from './tree-limits.ts';

const kindOf = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  fifo: 'none',
  'character-device': 'device',
  'block-device': 'device',
  socket: 'none',
} as const satisfies Record<EntryType, EntryContent['kind']>;

export function checkEntry(entry: TreeEntry): void {
  assert(kindOf[entry.type] === entry.content.kind, 'a content of another type');
  assert(isUpTo(entry.mode, modeHighest), 'a mode has 12 bits');
  assert(isUpTo(entry.uid, ownerHighest) && isUpTo(entry.gid, ownerHighest), 'owners have 32 bits');
  checkTime(entry.mtime);
  checkTime(entry.ctime);
  if (entry.hardLink !== undefined) {
    assert(entry.type !== 'directory' && entry.hardLink.links >= 2, 'not a hard link');
  }
  if (entry.extendedAttributes !== undefined) checkAttributes(entry.extendedAttributes);
  checkContent(entry.content);
}

function isUpTo(value: number, highest: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= highest;
}

function checkTime({ seconds, nanoseconds }: Timestamp): void {
  assert(Number.isInteger(seconds) && Math.abs(seconds) <= secondsHighest, 'a time is out of range');
  assert(isUpTo(nanoseconds, nanosecondsHighest), 'not a nanosecond');
}

function checkAttributes(attributes: readonly ExtendedAttribute[]): void {
  for (const [i, { name }] of attributes.entries()) {
    assert(name.length > 0 && !name.includes(0), 'not a name of an extended attribute');
    const before = attributes[i - 1];
    assert(before === undefined || Buffer.compare(before.name, name) < 0, 'attributes must be sorted');
  }
}

function checkContent(content: EntryContent): void {
  if (content.kind === 'symlink') {
    assert(content.target.length > 0 && !content.target.includes(0), 'not a target of a symlink');
  }
  if (content.kind !== 'file') return;
  const chunks = content.fingerprints.length / fingerprintBytes;
  if (!content.readable) assert(chunks === 0, 'what was not readable has no chunks');
  else {
    const possible = chunks <= content.sizeBytes && chunks > 0 === content.sizeBytes > 0;
    assert(possible, 'a file has chunks for its bytes, and none when it is empty');
  }
}

// An entry of a manifest, for people and for scripts.

import { pathText, type Snapshot, type TreeEntry } from '@cairn/backup';
import { instantText } from '../../output/time.ts';

const typeLetters = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
  socket: 's',
} as const satisfies Record<TreeEntry['type'], string>;

/** As `ls -l` has it: `-rw-r--r-- ann users 1024 2026-11-29 05:01:02Z /home/ann/notes`. */
export function entryLine(path: Uint8Array, entry: TreeEntry, { users, groups }: Snapshot): string {
  const { uid, gid, content } = entry;
  const owner = `${users[uid] ?? uid} ${groups[gid] ?? gid}`;
  const link = content.kind === 'symlink' ? ` -> ${pathText(content.target)}` : '';
  return `${modeText(entry)} ${owner} ${sizeText(entry)} ${instantText(timeOf(entry))} ${pathText(path)}${link}`;
}

export function entryJson(path: Uint8Array, entry: TreeEntry): object {
  const { type, mode, uid, gid, content, hardLink } = entry;
  return {
    path: pathText(path),
    type,
    mode: mode.toString(8).padStart(4, '0'),
    uid,
    gid,
    mtime: timeOf(entry),
    ...(content.kind === 'file' && { size: content.sizeBytes }),
    ...(content.kind === 'symlink' && { target: pathText(content.target) }),
    ...(content.kind === 'device' && { device: [content.major, content.minor] }),
    ...(hardLink !== undefined && { links: hardLink.links }),
  };
}

function sizeText({ content }: TreeEntry): string {
  if (content.kind === 'device') return `${content.major},${content.minor}`;
  return String(content.kind === 'file' ? content.sizeBytes : 0);
}

/** RFC 3339 with all the nanoseconds. */
function timeOf({ mtime }: TreeEntry): string {
  const date = new Date(mtime.seconds * 1000);
  if (Number.isNaN(date.getTime())) return `${mtime.seconds} s`;
  return date.toISOString().replace(/\.\d+Z$/, `.${String(mtime.nanoseconds).padStart(9, '0')}Z`);
}

function modeText({ type, mode }: TreeEntry): string {
  const letters = [0, 1, 2].map((n) => {
    const bits = (mode >> (6 - 3 * n)) & 7;
    const special = (mode >> (11 - n)) & 1;
    const execute = bits & 1 ? 'x' : '-';
    const marked = n === 2 ? 't' : 's';
    const last = special ? (bits & 1 ? marked : marked.toUpperCase()) : execute;
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`;
  });
  return `${typeLetters[type]}${letters.join('')}`;
}

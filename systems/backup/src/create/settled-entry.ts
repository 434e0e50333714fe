// The entry of a file from what was known before it was read and what the archiver found. An entry must never look as if it
// described the disk when it does not: where the two disagree it says nothing of its ctime, so the next backup reads the
// file again.

import { lstatSync } from 'node:fs';
import type { EntryContent, TreeEntry } from '../format/tree-entry.ts';
import type { ArchivedFile } from '../packing/archiver-messages.ts';
import type { AttributeReader } from './attribute-reader.ts';
import { type EntryStat, entryOf, isRacy, isSparse } from './entry-stat.ts';
import type { AwaitedFile } from './file-jobs.ts';
import { filePath, pathBytes } from './file-path.ts';

export function settledEntry(file: AwaitedFile, result: ArchivedFile, reader: AttributeReader): TreeEntry {
  const now = isAsBefore(file, result) ? file : lookedAtAgain(file, result, reader);
  const stat = withStatAfter(now.stat, result);
  const certain = result.outcome !== 'changed' && isAsBefore(now, result);
  return entryOf({
    name: pathBytes(file.name),
    type: 'file',
    stat,
    attributes: now.attributes,
    content: contentOf(result, stat),
    racy: !certain || isRacy(stat, file.sinceMs),
  });
}

type Looked = Pick<AwaitedFile, 'stat' | 'attributes'>;

function isAsBefore({ stat }: Looked, { stat: after }: ArchivedFile): boolean {
  return after === undefined || (after.inode === stat.ino && after.ctimeNs === stat.ctimeNs);
}

/** Mode, owner or attributes may have changed between the look at the entry and the reading. */
function lookedAtAgain(file: AwaitedFile, { stat: after }: ArchivedFile, reader: AttributeReader): Looked {
  const stat = statNow(file.path);
  if (stat === undefined || stat.ino !== after?.inode) return file;
  return { stat, attributes: reader.read(file.path) };
}

/** Undefined where nothing can be told: what was read is there all the same. */
function statNow(path: string): EntryStat | undefined {
  try {
    return lstatSync(filePath(path), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function withStatAfter(stat: EntryStat, { stat: after, sizeBytes }: ArchivedFile): EntryStat {
  if (after === undefined) return stat;
  const { mode, uid, gid, dev, nlink, rdev } = stat;
  const { inode: ino, mtimeNs, ctimeNs, blocks } = after;
  return { mode, uid, gid, dev, nlink, rdev, ino, mtimeNs, ctimeNs, blocks, size: BigInt(sizeBytes) };
}

function contentOf(result: ArchivedFile, stat: EntryStat): EntryContent {
  const readable = result.outcome !== 'unreadable';
  return {
    kind: 'file',
    sizeBytes: readable ? result.sizeBytes : Number(stat.size),
    sparse: readable && isSparse(stat),
    readable,
    fingerprints: readable ? result.fingerprints : new Uint8Array(0),
  };
}

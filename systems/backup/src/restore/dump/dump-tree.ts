// A directory of a snapshot as a tar archive. Contents of small files are read many at a time, so neighbours in a pack cost one
// request; nothing is kept but what is on its way.
//
// Sockets have no place in an archive and are left out; holes are written as zeros.

import { BackupError } from '../../errors.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import type { TreeEntry } from '../../format/tree-entry.ts';
import { joinPath } from '../../manifest/join-path.ts';
import { pathText } from '../../manifest/path-text.ts';
import { openTree } from '../../manifest/read-tree.ts';
import { ChunkFeed, type DumpOptions, type DumpSource } from './chunk-feed.ts';
import { type TarEntry, tarBlockBytes, tarHeader, tarPadding } from './tar-header.ts';

type Item = { readonly path: Uint8Array; readonly entry: TreeEntry; readonly linkTo: Uint8Array | undefined };

const batchBytes = 4 * 1024 * 1024;
const batchItems = 1000;

/**
 * The bytes of a tar archive (pax) of a directory and all below it, under its path without the leading slash. Throws `no-path`,
 * `invalid-argument` when it is no directory, `damaged` with the file's name, in the middle of the archive.
 */
export async function* dumpTree(
  source: DumpSource,
  snapshot: Snapshot,
  path: Uint8Array,
  options: DumpOptions = {},
): AsyncIterable<Uint8Array> {
  const tree = openTree(source, snapshot);
  const directory = await tree.resolve(path);
  if (directory?.type !== 'directory') throw notDumpable(path, directory, 'directory');
  let batch: Item[] = [];
  let bytes = 0;
  const firstNames = new Map<string, Uint8Array>();
  const above = path.length <= 1 ? [] : [{ path, entry: directory, linkTo: undefined }];
  if (above.length > 0) yield* archived(source, snapshot, above, options);
  for await (const { path: below, entry } of tree.walk({ start: { directory, path }, ...options })) {
    if (entry.type === 'socket') continue;
    batch.push({ path: below, entry, linkTo: firstNameOf(entry, below, firstNames) });
    bytes += entry.content.kind === 'file' ? entry.content.sizeBytes : 0;
    if (bytes < batchBytes && batch.length < batchItems) continue;
    yield* archived(source, snapshot, batch, options);
    batch = [];
    bytes = 0;
  }
  yield* archived(source, snapshot, batch, options);
  yield new Uint8Array(2 * tarBlockBytes);
}

/** The path of the name that came before, of a file with several. */
function firstNameOf(
  entry: TreeEntry,
  path: Uint8Array,
  names: Map<string, Uint8Array>,
): Uint8Array | undefined {
  if (entry.hardLink === undefined) return undefined;
  const key = `${entry.hardLink.device}:${entry.inode}`;
  const first = names.get(key);
  if (first === undefined) names.set(key, path);
  return first;
}

async function* archived(
  source: DumpSource,
  snapshot: Snapshot,
  items: readonly Item[],
  options: DumpOptions,
): AsyncIterable<Uint8Array> {
  const feed = new ChunkFeed(source, items.map(fingerprintsOf), options);
  try {
    for (const item of items) {
      yield tarHeader(tarEntry(item, snapshot));
      yield* content(item, feed);
    }
  } finally {
    await feed.close();
  }
}

async function* content(item: Item, feed: ChunkFeed): AsyncIterable<Uint8Array> {
  const expected = sizeOf(item);
  let bytes = 0;
  try {
    for await (const chunk of feed.of(fingerprintsOf(item))) {
      bytes += chunk.length;
      // Before it goes out: behind the file's end it would be read as headers, of whatever somebody put there.
      if (bytes > expected) break;
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'damaged') throw error;
    throw hurt(item, error.message, error);
  }
  if (bytes !== expected) {
    const relation = bytes > expected ? 'more' : 'fewer';
    throw hurt(item, `its chunks have ${relation} bytes than the ${expected} that its entry says`);
  }
  const padding = tarPadding(bytes);
  if (padding.length > 0) yield padding;
}

function fingerprintsOf({ entry: { content }, linkTo }: Item): Uint8Array {
  return content.kind === 'file' && linkTo === undefined ? content.fingerprints : new Uint8Array();
}

/** What an error named in the backup has no content here either. */
function sizeOf({ entry: { content }, linkTo }: Item): number {
  return content.kind === 'file' && content.readable && linkTo === undefined ? content.sizeBytes : 0;
}

function tarEntry(item: Item, { users, groups }: Snapshot): TarEntry {
  const { entry, path, linkTo } = item;
  const { type, content } = entry;
  const isDirectory = type === 'directory';
  const relative = path.subarray(1);
  return {
    type: linkTo !== undefined ? 'hard-link' : (type as Exclude<typeof type, 'socket'>),
    path: isDirectory ? joinPath(relative, new Uint8Array()) : relative,
    linkTo: linkTo?.subarray(1) ?? (content.kind === 'symlink' ? content.target : new Uint8Array()),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    user: users[entry.uid] ?? '',
    group: groups[entry.gid] ?? '',
    sizeBytes: sizeOf(item),
    mtime: entry.mtime,
    major: content.kind === 'device' ? content.major : 0,
    minor: content.kind === 'device' ? content.minor : 0,
    attributes: entry.extendedAttributes ?? [],
  };
}

function hurt({ path }: Item, detail: string, cause?: unknown): BackupError {
  return new BackupError('damaged', { attempted: `dump ${pathText(path)}`, detail, cause });
}

export function notDumpable(path: Uint8Array, found: TreeEntry | undefined, wanted: string): BackupError {
  const attempted = `dump ${pathText(path)}`;
  if (found === undefined) return new BackupError('no-path', { attempted });
  return new BackupError('invalid-argument', { attempted, detail: `it is a ${found.type}, not a ${wanted}` });
}

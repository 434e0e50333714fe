// The content of one file of a snapshot, as a stream.

import { BackupError } from '../../errors.ts';
import type { Snapshot } from '../../format/snapshot-record.ts';
import { pathText } from '../../manifest/path-text.ts';
import { openTree } from '../../manifest/read-tree.ts';
import type { DumpOptions, DumpSource } from './chunk-feed.ts';
import { notDumpable } from './dump-tree.ts';

/**
 * The bytes of the file at an absolute path; holes are zeros, symlinks are not followed. Throws `no-path`, `invalid-argument`
 * when it is no file, `damaged` when it, or what is left of it, cannot be read.
 *
 * ```ts
 * for await (const bytes of dumpFile(repository, snapshot, pathBytes('/etc/hosts'))) process.stdout.write(bytes);
 * ```
 */
export async function* dumpFile(
  source: DumpSource,
  snapshot: Snapshot,
  path: Uint8Array,
  options: DumpOptions = {},
): AsyncIterable<Uint8Array> {
  const entry = await openTree(source, snapshot).resolve(path);
  if (entry?.content.kind !== 'file') throw notDumpable(path, entry, 'file');
  const { readable, fingerprints, sizeBytes } = entry.content;
  if (!readable)
    throw new BackupError('damaged', {
      attempted: `dump ${pathText(path)}`,
      detail: 'the backup could not read its content',
    });
  let bytes = 0;
  for await (const chunk of source.readChunks(fingerprints, options)) {
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes === sizeBytes) return;
  throw new BackupError('damaged', {
    attempted: `dump ${pathText(path)}`,
    detail: `its chunks have ${bytes} bytes, its entry says ${sizeBytes}`,
  });
}

// Chunks of the parent's manifest for the walker, and, where a service knows the chunks, what it knows of the parent's.

import type { Repository } from '../core/repository.ts';
import { isDamage } from '../core/store/store-error.ts';
import { fingerprintBytes } from '../format/chunk-entry.ts';
import { TreeCursor } from '../format/tree-cursor.ts';
import { entryTypes } from '../format/tree-entry.ts';
import type { FingerprintTable } from '../packing/fingerprint-table.ts';
import type { FingerprintService } from '../service/fingerprint-service.ts';
import { type ChunkAnswer, ParentDirectories, type StoredDirectory } from './parent-directories.ts';

/**
 * The chunks in the order of `wanted`. One that cannot be read comes without bytes: what it told is not known then, and
 * files are read again.
 */
export async function readParentChunks(
  chunks: Pick<Repository, 'readChunks'>,
  wanted: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<readonly ChunkAnswer[]> {
  try {
    const answers: ChunkAnswer[] = [];
    for await (const bytes of chunks.readChunks(Buffer.concat(wanted), { signal })) {
      // Memory of its own: it crosses to the walker without the pack around it.
      answers.push({ fingerprint: wanted[answers.length]!, bytes: Uint8Array.from(bytes) });
    }
    return answers;
  } catch (error) {
    signal.throwIfAborted();
    if (!isDamage(error)) throw error;
    if (wanted.length === 1) return [{ fingerprint: wanted[0]!, bytes: undefined }];
    const one = (fingerprint: Uint8Array) => readParentChunks(chunks, [fingerprint], signal);
    return (await Promise.all(wanted.map(one))).flat();
  }
}

/**
 * Asks the service for every chunk of the parent, and enters those it knows: so the walker can tell by the table whether an
 * unchanged file is still stored. Some 100,000 files are a few hundred manifest chunks and as many questions as files.
 */
export async function enterKnownOfParent(
  root: StoredDirectory,
  options: {
    readonly chunks: Pick<Repository, 'readChunks'>;
    readonly service: FingerprintService;
    readonly table: FingerprintTable;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { chunks, service, table, signal } = options;
  const parents = new ParentDirectories(root);
  for (let next: StoredDirectory[] = [root]; next.length > 0; ) {
    const bytes = parents.take(next[0]!);
    if (bytes === 'waiting') {
      parents.accept(await readParentChunks(chunks, parents.wanted(), signal));
      continue;
    }
    const found = bytes === 'lost' ? noReferences() : referencesIn(bytes);
    const fingerprints = Buffer.concat([next[0]!.fingerprints, ...found.files]);
    await enterKnown(fingerprints, service, table);
    next = [...found.directories, ...next.slice(1)];
  }
}

type References = { readonly files: Uint8Array[]; readonly directories: StoredDirectory[] };

function noReferences(): References {
  return { files: [], directories: [] };
}

/** Those of inline directories included, in the order of the walk. */
function referencesIn(bytes: Uint8Array, found: References = noReferences()): References {
  const cursor = new TreeCursor(bytes, 'a directory of the parent');
  while (cursor.next()) {
    if (cursor.type === entryTypes.file) found.files.push(cursor.fingerprints());
    if (cursor.type !== entryTypes.directory) continue;
    const { inlineStart, lengthBytes, chunkCount } = cursor;
    if (chunkCount === 0) referencesIn(bytes.subarray(inlineStart, inlineStart + lengthBytes), found);
    else found.directories.push({ kind: 'chunks', fingerprints: cursor.fingerprints(), lengthBytes });
  }
  return found;
}

async function enterKnown(
  fingerprints: Uint8Array,
  service: FingerprintService,
  table: FingerprintTable,
): Promise<void> {
  if (fingerprints.length === 0) return;
  const known = await service.lookup(fingerprints);
  for (let i = 0; i < known.length; i += 1) {
    if (known[i] === 1) table.claim(fingerprints, i * fingerprintBytes);
  }
}

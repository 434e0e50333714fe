// What a partition has in the blobs engine, as its list `remote` says: which of it is nowhere else, and whether the blobs are what
// was sent there. Blobs are read from the engine itself, past what is kept of them for consumers.

import type { World } from '@cairn/world';
import { decodeBatchHeader } from '../batch/batch-header.ts';
import { PartitionError } from '../partition/partition.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import { logSegmentName } from '../partition/segments/log-source.ts';
import type { SegmentListContent } from '../partition/segments/segment-list.ts';
import type { ListedBatch } from '../partition/segments/segment-source.ts';
import { type RemoteSegment, readRemoteList, remoteListName } from '../remote/remote-list.ts';
import { RemoteSource } from '../remote/remote-source.ts';
import type { RemoteStorage } from '../remote/remote-storage.ts';

export type BlobReader = Pick<RemoteStorage, 'read' | 'sizeOf'>;

export type MovedSegments = {
  /** Only there. */
  readonly moved: readonly RemoteSegment[];
  /** There and here. */
  readonly copied: readonly RemoteSegment[];
};

export type MovedOptions = {
  readonly inForce: SegmentListContent;
  /** In place of the list in the folder. */
  readonly remoteSegments?: readonly RemoteSegment[] | undefined;
};

/** Throws PartitionError for a list that is damaged. */
export async function readMovedSegments(
  { disk }: World,
  directory: string,
  { inForce: { entries, logFrom }, remoteSegments }: MovedOptions,
): Promise<MovedSegments> {
  const list =
    remoteSegments ?? (await readRemoteList(disk, directory, await disk.list(directory)))?.segments;
  const segments = list ?? [];
  const wrong = inWrongPlace(segments);
  if (wrong !== undefined) {
    const detail = `${directory}/${remoteListName} has segment ${wrong.segment} in the wrong place`;
    throw new PartitionError('KAFKA_STORAGE_ERROR', detail);
  }
  if (segments.length === 0) return { moved: [], copied: [] };
  // Behind the list: what leaves the disk meanwhile is named by it.
  const names = new Set(await disk.list(directory));
  const replaced = new Set(entries.map(({ segment }) => segment));
  const isHere = ({ segment }: RemoteSegment) =>
    replaced.has(segment) || (segment >= logFrom && names.has(`${logSegmentName(segment)}.segment`));
  return { moved: segments.filter((one) => !isHere(one)), copied: segments.filter(isHere) };
}

/** The first that does not lie behind the one before it, or that answers for no offset. */
export function inWrongPlace(segments: readonly RemoteSegment[]): RemoteSegment | undefined {
  return segments.find(({ baseOffset, endOffset, segment }, index) => {
    const before = segments[index - 1];
    const isBehind = before === undefined || (before.endOffset <= baseOffset && before.segment < segment);
    return !isBehind || baseOffset >= endOffset;
  });
}

export type BlobStep =
  | (ListedBatch & { readonly kind: 'batch' })
  | {
      readonly kind: 'damage';
      readonly position: number;
      readonly lengthBytes: number;
      readonly detail: string;
    }
  /** Its index is wrong, which its batches can say as well. */
  | { readonly kind: 'index'; readonly detail: string }
  /** The engine fails: nothing is known of what lies behind. */
  | { readonly kind: 'unread'; readonly detail: string };

/** All of a blob, verified. */
export async function* listBlob(
  remote: RemoteSegment,
  reader: BlobReader,
): AsyncGenerator<BlobStep, void, undefined> {
  const { name, sizeBytes, fileBytes } = remote;
  const whole = { kind: 'damage', position: 0, lengthBytes: fileBytes } as const;
  try {
    const foundBytes = await reader.sizeOf(name);
    if (foundBytes === undefined) yield { ...whole, detail: `the blob ${name} is missing` };
    else if (foundBytes !== sizeBytes)
      yield { ...whole, detail: `the blob ${name} has ${foundBytes} bytes, not ${sizeBytes}` };
    else yield* listBatches(remote, reader);
  } catch (error) {
    if (!(error instanceof PartitionError)) throw error;
    if (error.code === 'CORRUPT_MESSAGE') yield { ...whole, detail: error.message };
    else yield { kind: 'unread', detail: error.message };
  }
}

async function* listBatches(
  remote: RemoteSegment,
  reader: BlobReader,
): AsyncGenerator<BlobStep, void, undefined> {
  const { segment, name, baseOffset, endOffset } = remote;
  const source = new RemoteSource(remote, {
    read: (blob, range) => reader.read({ name: blob.name, ...range }),
    forget: () => {},
  });
  let remade: SegmentIndex | undefined = new SegmentIndex(segment, baseOffset);
  for await (const found of source.list()) {
    if (found.kind === 'batch') {
      remade?.add(decodeBatchHeader(found.payload), found);
      yield found;
    } else {
      remade = undefined;
      yield { ...found, detail: `the blob ${name}: a checksum is wrong` };
    }
  }
  const index = await source.readIndex();
  remade?.answerUntil(endOffset);
  const isRight = index !== undefined && (remade === undefined || remade.encode().equals(index.encode()));
  if (!isRight) yield { kind: 'index', detail: `the index in the blob ${name} is not what its batches say` };
}

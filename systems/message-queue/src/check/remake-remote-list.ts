// Makes the list of segments in the blobs engine anew where it is damaged or lost, from the blobs that are there: each says what it
// holds, in its name and at its ends. Nothing of it is guessed, and what the new list does not name is deleted later as nobody's:
// so where what is there does not fit together, or something is missing, the list stays as it is.
//
// | a blob | in the new list |
// | --- | --- |
// | of a segment that is here too | when it is sound to the last byte, since its file here may go once it is named. Else it is copied again; but when the file here is damaged too, the list stays |
// | that lies below the start of the partition | no: its records were deleted |
// | of segments that compaction has replaced since | no, when what replaced them is sound |
// | of a segment that is nowhere else | yes: it was named, so it was whole once. What is damaged in it is told by `check`, and to who reads it |
// | of which not even the end is known, so damaged it is | up to where the next segment begins |
// | beside another of the same segment | the one that is sound to the last byte: the other one is of a copy that failed |

import type { World } from '@cairn/world';
import {
  type Checkpoint,
  checkpointName,
  readCheckpoint,
  secondCheckpointName,
} from '../partition/checkpoint.ts';
import { batchFileFooterBytes } from '../partition/segments/batch-file-format.ts';
import { readSegmentList } from '../partition/segments/read-segment-list.ts';
import type { SegmentEntry } from '../partition/segments/segment-list.ts';
import { type RemoteSegment, readRemoteList, writeRemoteList } from '../remote/remote-list.ts';
import type { RemoteStorage } from '../remote/remote-storage.ts';
import { blobBytesMin, describeBlob, type NamedBlob, namedBlob } from './describe-blob.ts';
import { isLogFailure } from './log-failure.ts';
import { type BlobReader, inWrongPlace, listBlob } from './moved-segments.ts';
import type { RemadeList } from './remake-segment-list.ts';
import { type Here, surveyHere } from './survey-here.ts';
import { walkLog } from './walk-log.ts';

export type RemoteBlobs = {
  readonly storage: BlobReader & Pick<RemoteStorage, 'list'>;
  /** All blobs of the partition, and no others, begin with it. */
  readonly prefix: string;
};

/** Why the list stays as it is. */
class UnclearError extends Error {}

/** Of a folder that nothing has open. Resolves once the new list is durable. */
export async function remakeRemoteList(
  world: World,
  { directory, blobs }: { readonly directory: string; readonly blobs?: RemoteBlobs | undefined },
): Promise<RemadeList> {
  if (await isSound(world, directory)) return { kind: 'not damaged' };
  if (blobs === undefined)
    return { kind: 'unclear', detail: 'no blobs engine is configured (message-queue.engines.blobs)' };
  try {
    const segments = await new Remake(world, directory, blobs).run();
    await writeRemoteList(world.disk, directory, { segments: [...segments], garbage: [] });
    return { kind: 'remade', files: segments.length };
  } catch (error) {
    if (error instanceof UnclearError) return { kind: 'unclear', detail: error.message };
    if (!isLogFailure(error)) throw error;
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return { kind: 'unclear', detail: `${error.message}${cause}` };
  }
}

async function isSound({ disk }: World, directory: string): Promise<boolean> {
  try {
    const list = await readRemoteList(disk, directory, await disk.list(directory));
    return list === undefined || inWrongPlace(list.segments) === undefined;
  } catch (error) {
    if (isLogFailure(error)) return false;
    throw error;
  }
}

class Remake {
  readonly #world: World;
  readonly #directory: string;
  readonly #blobs: RemoteBlobs;

  constructor(world: World, directory: string, blobs: RemoteBlobs) {
    this.#world = world;
    this.#directory = directory;
    this.#blobs = blobs;
  }

  async run(): Promise<readonly RemoteSegment[]> {
    const { disk } = this.#world;
    const segmentList = (await readSegmentList(disk, this.#directory, await disk.list(this.#directory)))
      .content;
    const known =
      (await readCheckpoint(disk, `${this.#directory}/${checkpointName}`)) ??
      (await readCheckpoint(disk, `${this.#directory}/${secondCheckpointName}`));
    const here = await surveyHere(this.#world, this.#directory, segmentList);
    const startOffset = known?.startOffset ?? 0;
    const named: RemoteSegment[] = [];
    const dark: NamedBlob[] = [];
    for (const blobs of (await this.#found()).values()) {
      const chosen = await this.#choose(blobs, here, startOffset);
      if (chosen === undefined) continue;
      if ('endOffset' in chosen) named.push(chosen);
      else dark.push(chosen);
    }
    const segments = withDark(named, { dark, here, startOffset });
    const wrong = inWrongPlace(segments);
    if (wrong !== undefined) throw new UnclearError(`${wrong.name} holds a part of what another blob does`);
    await this.#requireWhole(segments, { here, known });
    return segments;
  }

  /** By segment, in their order. */
  async #found(): Promise<ReadonlyMap<number, readonly NamedBlob[]>> {
    const { storage, prefix } = this.#blobs;
    const found = new Map<number, NamedBlob[]>();
    for await (const info of storage.list(prefix)) {
      const blob = namedBlob(info, prefix);
      if (blob !== undefined) found.getOrInsertComputed(blob.segment, () => []).push(blob);
    }
    return found;
  }

  /** Which one of a segment counts, if one does; without an end where nothing of it says that. */
  async #choose(
    blobs: readonly NamedBlob[],
    here: Here,
    startOffset: number,
  ): Promise<RemoteSegment | NamedBlob | undefined> {
    const described: RemoteSegment[] = [];
    for (const blob of blobs) {
      const one = await describeBlob(blob, this.#blobs.storage);
      if (one !== undefined) described.push(one);
    }
    const [first] = blobs as [NamedBlob];
    const { segment } = first;
    const entry = here.entries.find((one) => one.segment === segment);
    const copies = entry === undefined ? described : described.filter(isSameRange(entry));
    if (entry === undefined ? here.segments.has(segment) : copies.length > 0)
      return this.#copyOf(segment, copies, here);
    if (isReplaced(described[0] ?? first, here)) return undefined;
    const wanted = described.filter(({ endOffset }) => endOffset > startOffset);
    const [only, ...others] = wanted;
    if (others.length > 0)
      return this.#sound(wanted, `damaged are ${wanted.map(({ name }) => name).join(' and ')}`);
    if (only !== undefined) return only;
    if (described.length > 0) return undefined;
    if (blobs.length === 1) return first;
    throw new UnclearError(`damaged are ${blobs.map(({ name }) => name).join(' and ')}`);
  }

  async #copyOf(
    segment: number,
    copies: readonly RemoteSegment[],
    here: Here,
  ): Promise<RemoteSegment | undefined> {
    if (here.hurt.has(segment)) return this.#sound(copies, `segment ${segment} is damaged here and there`);
    for (const copy of copies) if (await this.#isSound(copy)) return copy;
    return undefined;
  }

  async #sound(blobs: readonly RemoteSegment[], otherwise: string): Promise<RemoteSegment> {
    for (const blob of blobs) if (await this.#isSound(blob)) return blob;
    throw new UnclearError(otherwise);
  }

  async #isSound(blob: RemoteSegment): Promise<boolean> {
    for await (const step of listBlob(blob, this.#blobs.storage)) {
      if (step.kind === 'unread') throw new UnclearError(step.detail);
      if (step.kind !== 'batch') return false;
    }
    return true;
  }

  /** Of what there should be by everything else in the folder. */
  async #requireWhole(
    remoteSegments: readonly RemoteSegment[],
    { here, known }: { here: Here; known: Checkpoint | undefined },
  ): Promise<void> {
    const { segmentList } = here;
    for await (const step of walkLog(this.#world, this.#directory, { segmentList, remoteSegments })) {
      if (step.kind === 'gap') throw missing(step.firstOffset, step.lastOffset);
      const wrong = step.kind === 'damage' ? step.places.find((place) => !here.isKnown(place)) : undefined;
      if (wrong !== undefined) throw new UnclearError(`of segment ${wrong.segment} ${wrong.detail}`);
    }
    const first = Math.min(remoteSegments[0]?.baseOffset ?? here.endOffset, here.firstOffset);
    if (known === undefined && first > 0)
      throw new UnclearError('no checkpoint says at which offset it began');
    if (known === undefined) return;
    const { startOffset, endOffset } = known;
    if (startOffset < Math.min(first, endOffset)) throw missing(startOffset, Math.min(first, endOffset) - 1);
    // Nothing behind the blobs shows that there was more.
    const end = Math.max(remoteSegments.at(-1)?.endOffset ?? 0, here.endOffset, startOffset);
    const knownEnd = Math.max(endOffset, here.logOffset ?? 0);
    if (here.isEmpty && end < knownEnd) throw missing(end, knownEnd - 1);
  }
}

function missing(firstOffset: number, lastOffset: number): UnclearError {
  return new UnclearError(`offsets ${firstOffset} to ${lastOffset} are not there`);
}

function isSameRange(entry: SegmentEntry): (blob: RemoteSegment) => boolean {
  return ({ baseOffset, endOffset }) => entry.baseOffset === baseOffset && entry.endOffset === endOffset;
}

/** Whether batch files hold what it held. Of a blob that does not say where it ends its beginning decides. */
function isReplaced(blob: RemoteSegment | NamedBlob, { entries, hurt }: Here): boolean {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined || blob.baseOffset >= last.endOffset) return false;
  const endOffset = 'endOffset' in blob ? blob.endOffset : blob.baseOffset + 1;
  if (endOffset <= first.baseOffset) return false;
  if (blob.baseOffset < first.baseOffset || endOffset > last.endOffset)
    throw new UnclearError(`${blob.name} holds a part of what batch files here do`);
  const damaged = entries.find(({ segment }) => hurt.has(segment));
  if (damaged === undefined) return true;
  throw new UnclearError(`${damaged.name} here is damaged, and ${blob.name} may hold the same`);
}

/** Those that do not say where they end, up to where the next one begins. */
function withDark(
  named: readonly RemoteSegment[],
  { dark, here, startOffset }: { dark: readonly NamedBlob[]; here: Here; startOffset: number },
): readonly RemoteSegment[] {
  const begins = [...named, ...dark, ...here.entries].map(({ baseOffset }) => baseOffset);
  if (here.logOffset !== undefined) begins.push(here.logOffset);
  const placed = dark.map((blob): RemoteSegment => {
    const { segment, name, baseOffset, sizeBytes } = blob;
    const endOffset = Math.min(...begins.filter((offset) => offset > baseOffset));
    if (endOffset === Number.POSITIVE_INFINITY || sizeBytes < blobBytesMin)
      throw new UnclearError(`${name} is damaged, and nothing says where it ended`);
    const place = { coveredTo: sizeBytes - batchFileFooterBytes, fileBytes: sizeBytes, sizeBytes };
    return { segment, name, baseOffset, endOffset, maxTimestampMs: -1, ...place };
  });
  return [...named, ...placed.filter(({ endOffset }) => endOffset > startOffset)].sort(
    (a, b) => a.baseOffset - b.baseOffset,
  );
}

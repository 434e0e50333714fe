// What of a partition is on the disk, for when the list of what is in the blobs engine is damaged.

import type { World } from '@cairn/world';
import { SegmentIndex } from '../partition/segment-index.ts';
import { logSegmentName } from '../partition/segments/log-source.ts';
import type { SegmentEntry, SegmentListContent } from '../partition/segments/segment-list.ts';
import { readDerivedFile } from '../partition/small-files.ts';
import { type DamagedPlace, walkLog } from './walk-log.ts';

export type Here = {
  readonly segmentList: SegmentListContent;
  /** Batch files in force. */
  readonly entries: readonly SegmentEntry[];
  /** Of the log, those that count. */
  readonly segments: ReadonlySet<number>;
  /** Something of them is damaged. */
  readonly hurt: ReadonlySet<number>;
  /** Of the first batch, or batch file; infinite where there is nothing. */
  readonly firstOffset: number;
  /** Where the log begins, behind the batch files; without a batch, where it goes on. Undefined where nothing says it. */
  readonly logOffset: number | undefined;
  /** Behind the last batch, or batch file; 0 where there is nothing. */
  readonly endOffset: number;
  /** The log has no batch, nor anything that was one. */
  readonly isEmpty: boolean;
  isKnown(place: DamagedPlace): boolean;
};

/** Throws what `walkLog` does. */
export async function surveyHere(
  world: World,
  directory: string,
  segmentList: SegmentListContent,
): Promise<Here> {
  const { entries } = segmentList;
  const segments = new Set<number>();
  const hurt = new Set<number>();
  const places = new Set<string>();
  let logOffset: number | undefined;
  let endOffset = entries.at(-1)?.endOffset ?? 0;
  let isEmpty = true;
  for await (const step of walkLog(world, directory, { segmentList, remoteSegments: [] })) {
    if (step.kind === 'segment' && step.bounds === undefined) segments.add(step.segment);
    if (step.kind === 'damage')
      for (const place of step.places) {
        hurt.add(place.segment);
        places.add(keyOf(place));
        if (place.isInBatchFile) continue;
        if (isEmpty) logOffset = step.firstOffset;
        isEmpty = false;
      }
    if (step.kind !== 'batch' || !segments.has(step.segment)) continue;
    const { baseOffset, lastOffsetDelta } = step.header;
    if (isEmpty) logOffset = baseOffset;
    endOffset = baseOffset + lastOffsetDelta + 1;
    isEmpty = false;
  }
  if (isEmpty) logOffset = await indexedOffset(world, directory, segments);
  return {
    ...{ segmentList, entries, segments, hurt, logOffset, isEmpty },
    firstOffset: entries[0]?.baseOffset ?? logOffset ?? Number.POSITIVE_INFINITY,
    endOffset,
    isKnown: (place) => places.has(keyOf(place)),
  };
}

function keyOf({ segment, position }: DamagedPlace): string {
  return `${segment} ${position}`;
}

/** The index of a segment without a batch says at which offset it begins. */
async function indexedOffset(
  { disk }: World,
  directory: string,
  segments: ReadonlySet<number>,
): Promise<number | undefined> {
  const bytes = await readDerivedFile(disk, `${directory}/${logSegmentName(Math.max(...segments, 0))}.index`);
  return bytes === undefined ? undefined : SegmentIndex.decode(bytes)?.summary().baseOffset;
}

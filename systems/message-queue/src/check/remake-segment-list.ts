// Makes the list of segments in force anew where it is damaged or lost, from the batch files that lie in the folder: each says at its
// ends what it answers for. Nothing of it is guessed: where what is there does not fit together, the list stays as it is.
//
// | what the list said | from where it is known |
// | --- | --- |
// | which files count | the newest that are whole and sound, and older ones of which they hold nothing. A file that was whole before the list named it says the same as what it was to replace |
// | the first segment of the log that counts | the one behind the last that a file replaces |
// | up to where every key was looked at | the beginning: the next pass looks at all of them again |
// | when tombstones may go | with that pass |

import type { Disk, World } from '@cairn/world';
import { checkpointName, readCheckpoint, secondCheckpointName } from '../partition/checkpoint.ts';
import { readBatchFileEnds } from '../partition/segments/batch-file-ends.ts';
import { readSegmentList } from '../partition/segments/read-segment-list.ts';
import {
  batchFileEnding,
  batchFileName,
  type Place,
  sourceOfEntry,
} from '../partition/segments/replaced-segments.ts';
import {
  encodeSegmentList,
  type SegmentEntry,
  type SegmentListContent,
  segmentListName,
} from '../partition/segments/segment-list.ts';
import { replaceFile } from '../partition/small-files.ts';
import { isLogFailure } from './log-failure.ts';
import { walkLog } from './walk-log.ts';

export type RemadeList =
  | { readonly kind: 'not damaged' }
  | { readonly kind: 'remade'; readonly files: number }
  | { readonly kind: 'unclear'; readonly detail: string };

type Candidate = { readonly number: number; readonly entry: SegmentEntry };

/** Of a folder that nothing has open. Resolves once the new list is durable. */
export async function remakeSegmentList(world: World, directory: string): Promise<RemadeList> {
  const { disk } = world;
  const names = await disk.list(directory);
  if (await isSound(disk, directory, names)) return { kind: 'not damaged' };
  const place = { disk, directory };
  const candidates: Candidate[] = [];
  const damaged: string[] = [];
  for (const name of names) {
    const numbers = /^(\d{12})-(\d+)\.batches$/.exec(name);
    if (numbers === null) continue;
    const [segment, number] = [Number(numbers[1]), Number(numbers[2])];
    const entry = await soundEntry({ segment, number }, place);
    if (entry === undefined) damaged.push(name);
    else candidates.push({ number, entry });
  }
  const entries = inForce(candidates);
  if (typeof entries === 'string') return { kind: 'unclear', detail: entries };
  const [needed] = damaged;
  if (needed !== undefined) return { kind: 'unclear', detail: `${needed} is damaged too` };
  const logFrom = (entries.at(-1)?.segment ?? -1) + 1;
  const filesMade = Math.max(0, ...candidates.map(({ number }) => number));
  const list = { entries, logFrom, cleanedTo: 0, filesMade };
  const missing = await missingWith(list, world, directory);
  if (missing !== undefined) return { kind: 'unclear', detail: missing };
  await replaceFile(disk, { directory, name: segmentListName, bytes: encodeSegmentList(list) });
  return { kind: 'remade', files: entries.length };
}

async function isSound(disk: Disk, directory: string, names: readonly string[]): Promise<boolean> {
  try {
    await readSegmentList(disk, directory, names);
    return true;
  } catch (error) {
    if (isLogFailure(error)) return false;
    throw error;
  }
}

/** Of what there should be by everything else in the folder. */
async function missingWith(
  segmentList: SegmentListContent,
  world: World,
  directory: string,
): Promise<string | undefined> {
  const known =
    (await readCheckpoint(world.disk, `${directory}/${checkpointName}`)) ??
    (await readCheckpoint(world.disk, `${directory}/${secondCheckpointName}`));
  let first: number | undefined;
  for await (const step of walkLog(world, directory, { segmentList })) {
    if (step.kind === 'gap') return `offsets ${step.firstOffset} to ${step.lastOffset} are not there`;
    if (step.kind === 'segment') first ??= step.bounds?.baseOffset;
    if (step.kind === 'batch') first ??= step.header.baseOffset;
  }
  if (known === undefined || known.startOffset >= Math.min(first ?? known.endOffset, known.endOffset))
    return undefined;
  return `offsets from ${known.startOffset} on are not there`;
}

/** The newest, and of older ones those of which they hold nothing, without a gap between; else what is wrong. */
function inForce(candidates: readonly Candidate[]): SegmentEntry[] | string {
  const chosen: SegmentEntry[] = [];
  for (const { entry } of candidates.toSorted((a, b) => b.number - a.number)) {
    const overlapping = chosen.filter(
      ({ baseOffset, endOffset }) => baseOffset < entry.endOffset && entry.baseOffset < endOffset,
    );
    if (overlapping.length === 0) chosen.push(entry);
    else if (!overlapping.some((newer) => isWithin(entry, newer)))
      return `${entry.name} holds a part of what ${overlapping[0]!.name} does`;
  }
  chosen.sort((a, b) => a.baseOffset - b.baseOffset);
  for (const [index, entry] of chosen.entries()) {
    const before = chosen[index - 1];
    if (before === undefined) continue;
    if (before.segment >= entry.segment)
      return `${before.name} and ${entry.name} are not in the order of their offsets`;
    if (before.endOffset !== entry.baseOffset)
      return `offsets ${before.endOffset} to ${entry.baseOffset - 1} are in no batch file`;
  }
  return chosen;
}

function isWithin(inner: SegmentEntry, outer: SegmentEntry): boolean {
  return outer.baseOffset <= inner.baseOffset && inner.endOffset <= outer.endOffset;
}

/** Undefined when anything of the file is damaged. */
async function soundEntry(
  file: { readonly segment: number; readonly number: number },
  place: Place,
): Promise<SegmentEntry | undefined> {
  const name = batchFileName(file);
  let found = 0;
  try {
    const ends = await readBatchFileEnds(place.disk, `${place.directory}/${name}${batchFileEnding}`);
    if (ends === undefined) return undefined;
    const { batches, ...entry } = { form: 'file' as const, segment: file.segment, name, ...ends };
    for await (const step of sourceOfEntry(entry, place).list()) {
      if (step.kind === 'damage') return undefined;
      found += 1;
    }
    return found === batches ? entry : undefined;
  } catch (error) {
    if (isLogFailure(error)) return undefined;
    throw error;
  }
}

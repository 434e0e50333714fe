// The files that a partition keeps beside its segments, held against the batches as they are walked: indexes are made again
// from them and compared byte by byte, each checkpoint must name the end of a record and the offset that is reached there.

import { segmentHeaderBytes } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import {
  type Checkpoint,
  checkpointName,
  decodeCheckpoint,
  secondCheckpointName,
} from '../partition/checkpoint.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import type { OffsetBounds } from '../partition/segments/segment-source.ts';
import { readDerivedFile } from '../partition/small-files.ts';
import type { LogStep } from './walk-log.ts';

/** A file that is wrong, and may be removed: it is made again from the log. */
export type DerivedFault = { readonly file: string; readonly detail: string };

type Batch = LogStep & { readonly kind: 'batch' };

/** Of one segment, from its beginning to its end. */
class IndexCheck {
  readonly #stored: SegmentIndex;
  readonly #bytes: Buffer;
  readonly #file: string;
  readonly #bounds: OffsetBounds | undefined;
  #remade: SegmentIndex | undefined;
  #walkedTo = segmentHeaderBytes;

  constructor(stored: {
    index: SegmentIndex;
    bytes: Buffer;
    file: string;
    bounds: OffsetBounds | undefined;
  }) {
    this.#bounds = stored.bounds;
    this.#stored = stored.index;
    this.#bytes = stored.bytes;
    this.#file = stored.file;
  }

  take({ segment, header, position, lengthBytes }: Batch): void {
    this.#walkedTo = position + lengthBytes;
    // An index may be of an earlier time than the segment.
    if (position + lengthBytes > this.#stored.summary().coveredTo) return;
    this.#remade ??= new SegmentIndex(segment, this.#bounds?.baseOffset ?? header.baseOffset);
    this.#remade.add(header, { position, lengthBytes });
  }

  finish({ isOpen }: { isOpen: boolean }): DerivedFault | undefined {
    const { segment, baseOffset, coveredTo } = this.#stored.summary();
    // Of a later time than the walk, which goes as far as the file went when it began.
    if (isOpen && coveredTo > this.#walkedTo) return undefined;
    // That of a segment without batches says only at which offset it begins.
    const remade =
      this.#remade ?? (coveredTo === segmentHeaderBytes ? new SegmentIndex(segment, baseOffset) : undefined);
    if (this.#bounds !== undefined) remade?.answerUntil(this.#bounds.endOffset);
    if (remade?.encode().equals(this.#bytes)) return undefined;
    return { file: this.#file, detail: 'it is not what its segment says' };
  }
}

/** One checkpoint that matches its checksum. */
class CheckpointCheck {
  readonly #checkpoint: Checkpoint;
  readonly #file: string;
  /** At the place that it names. */
  #met: 'not met' | 'hurt' | { readonly endOffset: number } = 'not met';

  constructor(file: string, checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#file = file;
  }

  take({ segment, position, lengthBytes, header }: Batch): void {
    if (segment !== this.#checkpoint.segment || position + lengthBytes !== this.#checkpoint.position) return;
    this.#met = { endOffset: header.baseOffset + header.lastOffsetDelta + 1 };
  }

  hurt(segments: readonly number[]): void {
    if (segments.includes(this.#checkpoint.segment)) this.#met = 'hurt';
  }

  finish(segments: ReadonlySet<number>): DerivedFault | undefined {
    const { segment, position, endOffset } = this.#checkpoint;
    const met = this.#met;
    if (!segments.has(segment) || met === 'hurt') return undefined;
    if (met === 'not met') {
      if (position === segmentHeaderBytes) return undefined;
      return { file: this.#file, detail: `no record ends at ${position} of segment ${segment}` };
    }
    if (met.endOffset === endOffset) return undefined;
    const detail = `it says that offset ${endOffset} comes behind ${position} of segment ${segment}, not ${met.endOffset}`;
    return { file: this.#file, detail };
  }
}

export class DerivedFilesCheck {
  readonly #world: World;
  readonly #directory: string;
  readonly #checkpoints: CheckpointCheck[] = [];
  #index: IndexCheck | undefined;
  #segment: number | undefined;
  #isSegmentHurt = false;
  #soundCheckpoints = 0;
  /** Of indexes. That a segment is damaged at its end shows only behind it. */
  readonly #doubtful: { readonly segment: number; readonly fault: DerivedFault }[] = [];
  readonly #hurt = new Set<number>();
  readonly #segments = new Set<number>();
  readonly faults: DerivedFault[] = [];

  constructor(world: World, directory: string) {
    this.#world = world;
    this.#directory = directory;
  }

  /** Before the walk: what is in use only grows. Gives the checkpoint that knows most. */
  async begin(): Promise<Checkpoint | undefined> {
    let latest: Checkpoint | undefined;
    for (const name of [checkpointName, secondCheckpointName]) {
      const bytes = await readDerivedFile(this.#world.disk, `${this.#directory}/${name}`);
      if (bytes === undefined) continue;
      const checkpoint = decodeCheckpoint(bytes);
      if (checkpoint === undefined) this.faults.push({ file: name, detail: whatIsWrongWith(bytes) });
      else {
        this.#checkpoints.push(new CheckpointCheck(name, checkpoint));
        if (checkpoint.endOffset > (latest?.endOffset ?? -1)) latest = checkpoint;
      }
    }
    return latest;
  }

  async take(step: LogStep): Promise<void> {
    if (step.kind === 'segment') await this.#beginSegment(step);
    else if (step.kind === 'batch') this.#takeBatch(step);
    else if (step.kind === 'damage') this.#takeDamage(step.places.map(({ segment }) => segment));
  }

  /** `isOpen`: somebody may have gone on writing. */
  finish({ isOpen }: { isOpen: boolean }): void {
    this.#endSegment(isOpen);
    // Nothing can be said of an index by a segment that is damaged.
    for (const { segment, fault } of this.#doubtful) if (!this.#hurt.has(segment)) this.faults.push(fault);
    const faults = this.#checkpoints.map((checkpoint) => checkpoint.finish(this.#segments));
    this.faults.push(...faults.filter((fault) => fault !== undefined));
    this.#soundCheckpoints = faults.filter((fault) => fault === undefined).length;
  }

  /** After the end: whether what is known besides the batches is still known. */
  get hasSoundCheckpoint(): boolean {
    return this.#soundCheckpoints > 0;
  }

  async #beginSegment({
    segment,
    file: name,
    bounds,
    blob,
  }: LogStep & { readonly kind: 'segment' }): Promise<void> {
    this.#endSegment(false);
    this.#segment = segment;
    this.#isSegmentHurt = false;
    // Its index is in the blob, and a checkpoint's place in it was one of its file here.
    if (blob !== undefined) return;
    this.#segments.add(segment);
    const file = `${name}.index`;
    const bytes = await readDerivedFile(this.#world.disk, `${this.#directory}/${file}`);
    if (bytes === undefined) return;
    const index = SegmentIndex.decode(bytes);
    if (index?.summary().segment === segment) this.#index = new IndexCheck({ index, bytes, file, bounds });
    else this.faults.push({ file, detail: whatIsWrongWith(bytes) });
  }

  #takeBatch(batch: Batch): void {
    this.#index?.take(batch);
    if (!this.#isSegmentHurt) for (const checkpoint of this.#checkpoints) checkpoint.take(batch);
  }

  #takeDamage(segments: readonly number[]): void {
    for (const checkpoint of this.#checkpoints) checkpoint.hurt(segments);
    for (const segment of segments) this.#hurt.add(segment);
    if (this.#segment === undefined || !segments.includes(this.#segment)) return;
    this.#isSegmentHurt = true;
    this.#index = undefined;
  }

  #endSegment(isOpen: boolean): void {
    const fault = this.#index?.finish({ isOpen });
    if (fault !== undefined) this.#doubtful.push({ segment: this.#segment!, fault });
    this.#index = undefined;
  }
}

function whatIsWrongWith(bytes: Buffer): string {
  return bytes.length === 0 ? 'it is empty, or the disk cannot read it' : 'it does not match its checksum';
}

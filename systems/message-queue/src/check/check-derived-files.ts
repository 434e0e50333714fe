// The files that a partition keeps beside its segments, held against the batches as they are walked: indexes are made again
// from them and compared byte by byte, the checkpoint must name the end of a record and the offset that is reached there.

import { segmentHeaderBytes } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { type Checkpoint, checkpointName, decodeCheckpoint } from '../partition/checkpoint.ts';
import { SegmentIndex } from '../partition/segment-index.ts';
import type { OffsetBounds } from '../partition/segments/segment-source.ts';
import { readFile } from '../partition/small-files.ts';
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

export class DerivedFilesCheck {
  readonly #world: World;
  readonly #directory: string;
  #checkpoint: Checkpoint | undefined;
  #index: IndexCheck | undefined;
  #segment: number | undefined;
  #isSegmentHurt = false;
  /** At the place that the checkpoint names. */
  #atCheckpoint: 'not met' | 'hurt' | { readonly endOffset: number | undefined } = 'not met';
  readonly #segments = new Set<number>();
  readonly faults: DerivedFault[] = [];

  constructor(world: World, directory: string) {
    this.#world = world;
    this.#directory = directory;
  }

  /** Before the walk: what is in use only grows. */
  async begin(): Promise<Checkpoint | undefined> {
    const bytes = await readFile(this.#world.disk, `${this.#directory}/${checkpointName}`);
    if (bytes === undefined) return undefined;
    this.#checkpoint = decodeCheckpoint(bytes);
    if (this.#checkpoint === undefined)
      this.faults.push({ file: checkpointName, detail: 'it does not match its checksum' });
    return this.#checkpoint;
  }

  async take(step: LogStep): Promise<void> {
    if (step.kind === 'segment') await this.#beginSegment(step);
    else if (step.kind === 'batch') this.#takeBatch(step);
    else if (step.kind === 'damage') this.#takeDamage(step.places.map(({ segment }) => segment));
  }

  /** `isOpen`: somebody may have gone on writing. */
  finish({ isOpen }: { isOpen: boolean }): void {
    this.#endSegment(isOpen);
    const checkpoint = this.#checkpoint;
    if (checkpoint === undefined || !this.#segments.has(checkpoint.segment)) return;
    const met = this.#atCheckpoint;
    if (met === 'hurt') return;
    const { segment, position, endOffset } = checkpoint;
    if (met === 'not met') {
      if (position === segmentHeaderBytes) return;
      this.faults.push({
        file: checkpointName,
        detail: `no record ends at ${position} of segment ${segment}`,
      });
    } else if (met.endOffset !== endOffset) {
      const detail = `it says that offset ${endOffset} comes behind ${position} of segment ${segment}, not ${met.endOffset}`;
      this.faults.push({ file: checkpointName, detail });
    }
  }

  async #beginSegment({
    segment,
    file: name,
    bounds,
  }: LogStep & { readonly kind: 'segment' }): Promise<void> {
    this.#endSegment(false);
    this.#segment = segment;
    this.#isSegmentHurt = false;
    this.#segments.add(segment);
    const file = `${name}.index`;
    const bytes = await readFile(this.#world.disk, `${this.#directory}/${file}`);
    if (bytes === undefined) return;
    const index = SegmentIndex.decode(bytes);
    if (index?.summary().segment === segment) this.#index = new IndexCheck({ index, bytes, file, bounds });
    else this.faults.push({ file, detail: 'it does not match its checksum' });
  }

  #takeBatch(batch: Batch): void {
    this.#index?.take(batch);
    const { segment, position, lengthBytes, header } = batch;
    if (segment !== this.#checkpoint?.segment || position + lengthBytes !== this.#checkpoint.position) return;
    if (!this.#isSegmentHurt)
      this.#atCheckpoint = { endOffset: header.baseOffset + header.lastOffsetDelta + 1 };
  }

  #takeDamage(segments: readonly number[]): void {
    if (this.#checkpoint !== undefined && segments.includes(this.#checkpoint.segment))
      this.#atCheckpoint = 'hurt';
    if (this.#segment === undefined || !segments.includes(this.#segment)) return;
    // Nothing can be said of an index by a segment that is damaged.
    this.#isSegmentHurt = true;
    this.#index = undefined;
  }

  #endSegment(isOpen: boolean): void {
    const fault = this.#index?.finish({ isOpen });
    if (fault !== undefined) this.faults.push(fault);
    this.#index = undefined;
  }
}

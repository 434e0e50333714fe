// Ids of blobs: 16 bytes in hex, 6 of a number that only rises, 10 of chance.
//
// The number is the time in milliseconds, or one more than the last where the clock stands still or went back: so ids
// grow at the end of the index, and "every blob below this one" says something. A blob is undecided from the moment it
// gets its id until its owner says that the metadata store knows its fate (a row refers to it, or it is garbage). What a
// crash leaves undecided may be an orphan; all of that lies at or above the watermark.

import assert from 'node:assert/strict';
import type { World } from '@cairn/world';

/** Of the number: alone it sorts before every id that begins with it. */
const numberDigits = 12;
const chanceBytes = 10;
const idsDrawnAtOnce = 64;
const numberMax = 2 ** 48 - 1;

export class BlobIds {
  readonly #world: Pick<World, 'clock' | 'random'>;
  #last = 0;
  #drawn = '';
  #drawnAt = 0;
  /** In the order of their ids. */
  readonly #undecided = new Set<string>();
  /** Blobs from here on that an earlier process left undecided; undefined once they are decided. */
  #leftFrom: string | undefined;

  constructor(world: Pick<World, 'clock' | 'random'>) {
    this.#world = world;
  }

  /** The fate of what lies from here on is open; no later id is below. */
  lookFrom(watermark: string): void {
    this.#leftFrom = watermark;
    this.startAbove(watermark);
  }

  /** A new id, above all others, undecided. `tag`: what stands in place of the first digits of chance. */
  next(tag = ''): string {
    this.#last = Math.max(Math.floor(this.#world.clock.nowMs()), this.#last + 1);
    assert(this.#last <= numberMax, 'the numbers of blob ids are used up');
    const chance = this.#chance();
    const id = numberText(this.#last) + (tag === '' ? chance : tag + chance.slice(tag.length));
    this.#undecided.add(id);
    return id;
  }

  /** An id that somebody else drew, undecided like one of our own. No later one is below it. */
  adopt(blob: string): void {
    this.startAbove(blob);
    this.#undecided.add(blob);
  }

  /** Drawn for many ids at once: a call to the system's generator costs as much as all else of a small put's id. */
  #chance(): string {
    if (this.#drawnAt === this.#drawn.length) {
      this.#drawn = this.#world.random.bytes(chanceBytes * idsDrawnAtOnce).toString('hex');
      this.#drawnAt = 0;
    }
    const start = this.#drawnAt;
    this.#drawnAt += chanceBytes * 2;
    return this.#drawn.slice(start, this.#drawnAt);
  }

  /** No later id is below or at this one. */
  startAbove(blob: string): void {
    if (blob === '') return;
    this.#last = Math.max(this.#last, Number.parseInt(blob.slice(0, numberDigits), 16));
  }

  decided(blob: string): void {
    this.#undecided.delete(blob);
  }

  isUndecided(blob: string): boolean {
    return this.#undecided.has(blob);
  }

  /** Where the blobs begin whose fate an earlier process may have left open; undefined when there are none. */
  get leftFrom(): string | undefined {
    return this.#leftFrom;
  }

  leftAreDecided(): void {
    this.#leftFrom = undefined;
  }

  /** Every blob below is decided, and no new one will be below. */
  get watermark(): string {
    if (this.#leftFrom !== undefined) return this.#leftFrom;
    for (const first of this.#undecided) return justBelow(first);
    return this.end;
  }

  /** Above every id given so far, below every later one. */
  get end(): string {
    return numberText(this.#last + 1);
  }

  /** Those that are undecided now. */
  undecided(): ReadonlySet<string> {
    return new Set(this.#undecided);
  }
}

/** Below the blob, above every blob with a smaller number. */
export function justBelow(blob: string): string {
  return blob.slice(0, numberDigits);
}

function numberText(number: number): string {
  return number.toString(16).padStart(numberDigits, '0');
}

// The places of storage classes: where the bytes of moved objects lie, each behind the blobs port. A place is opened when it
// is first needed, and again after it could not be; one that is away fails what needs it, and nothing else.
//
// A blob at a place is called `ab/abcd...`, by its id alone: names of objects do not leave this machine, and a folder of one
// place does not get too large.

import { type Blobs, BlobsError } from '@cairn/engines';
import type { BlobReader, ReadHooks } from '../../data/data-store.ts';
import { ObjectStorageError } from '../../errors.ts';
import { type Moved, movedFrom } from '../../transition/moved-data.ts';
import {
  type ByteSpan,
  openedPlaced,
  PlacedDamagedError,
  placedBytes,
  placedSpan,
  sealedPlaced,
} from '../../transition/placed-format.ts';
import { archiveClasses, type TransitionClass } from '../../transition/storage-classes.ts';
import { ContentGone } from '../content-gone.ts';
import type { StorageClass } from '../object-storage.ts';

export type PlaceSettings = {
  readonly storageClass: TransitionClass;
  /** To be shown; without credentials. */
  readonly url: string;
  /** Whether its objects have to be restored before they are read; archives' have to when absent. */
  readonly restore?: boolean | undefined;
  /** Throws BlobsError. */
  open(): Promise<Blobs>;
};

/** What `data` of a row names, and how many bytes of the object are stored there. */
export type MovedBlob = { readonly data: string; readonly sizeBytes: number };

export class Places {
  readonly names: readonly TransitionClass[];
  readonly #settings: ReadonlyMap<StorageClass, PlaceSettings>;
  readonly #opened = new Map<StorageClass, Promise<Blobs>>();
  readonly #report: (error: PlacedDamagedError) => void;

  /** `report` is told of every read that met damage. */
  constructor(settings: readonly PlaceSettings[], report: (error: PlacedDamagedError) => void) {
    this.#settings = new Map(settings.map((place) => [place.storageClass, place]));
    this.names = settings.map(({ storageClass }) => storageClass);
    this.#report = report;
  }

  /** The class, when it has a place. */
  placeOf(storageClass: StorageClass | undefined): StorageClass | undefined {
    return storageClass !== undefined && this.#settings.has(storageClass) ? storageClass : undefined;
  }

  /** Whether objects of the class have to be restored before they are read. */
  isArchive(storageClass: StorageClass | undefined): boolean {
    if (storageClass === undefined) return false;
    return this.#settings.get(storageClass)?.restore ?? archiveClasses.has(storageClass);
  }

  urlOf(place: StorageClass): string | undefined {
    return this.#settings.get(place)?.url;
  }

  /** Throws ServiceUnavailable while the place is away, ContentGone for what is not there, PlacedDamagedError. */
  async open({ data, sizeBytes }: MovedBlob): Promise<BlobReader> {
    const moved = movedFrom(data);
    const info = await this.#at(moved.place, (blobs) => blobs.head(nameOf(moved)));
    if (info === undefined) throw new ContentGone();
    if (info.sizeBytes !== placedBytes(sizeBytes)) {
      throw this.#damaged(moved, `it has ${info.sizeBytes} bytes, not ${placedBytes(sizeBytes)}`);
    }
    return new PlacedReader(this, { moved, sizeBytes });
  }

  /** Durable when it resolves. Throws ServiceUnavailable, and what the chunks throw. */
  async store(
    { data, sizeBytes }: MovedBlob,
    { chunks, signal }: { chunks: AsyncIterable<Uint8Array>; signal: AbortSignal },
  ): Promise<void> {
    const moved = movedFrom(data);
    const body = sealedPlaced(chunks, { id: moved.id, sizeBytes });
    await this.#at(moved.place, (blobs) => blobs.put(nameOf(moved), body, { signal }));
  }

  /** What is not there is no error. Throws ServiceUnavailable. */
  async remove(place: StorageClass, data: readonly string[]): Promise<void> {
    const names = data.map((name) => nameOf(movedFrom(name)));
    await this.#at(place, (blobs) => blobs.delete(names));
  }

  /** Verified bytes of a span; for PlacedReader. */
  async *read(
    { moved, sizeBytes }: { moved: Moved; sizeBytes: number },
    { span, signal }: { span: ByteSpan; signal: AbortSignal },
  ): AsyncIterable<Uint8Array> {
    if (span.length === 0) return;
    const placed = { id: moved.id, sizeBytes };
    const range = placedSpan(span, placed);
    const content = await this.#at(moved.place, (blobs) => blobs.get(nameOf(moved), { range, signal }));
    if (content === undefined) throw this.#damaged(moved, 'it is not at its place any more');
    try {
      yield* openedPlaced(content.body, placed, span);
    } catch (error) {
      if (error instanceof PlacedDamagedError) this.#report(error);
      throw awayOf(error, moved.place);
    }
  }

  async close(): Promise<void> {
    const opened = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(opened.map((opening) => opening.then((blobs) => blobs.close()).catch(() => {})));
  }

  async #at<T>(place: StorageClass, action: (blobs: Blobs) => Promise<T>): Promise<T> {
    const settings = this.#settings.get(place);
    if (settings === undefined) throw unavailable(place, 'has no place in the settings');
    try {
      return await action(await this.#open(settings));
    } catch (error) {
      throw awayOf(error, place);
    }
  }

  #open(settings: PlaceSettings): Promise<Blobs> {
    const { storageClass } = settings;
    const known = this.#opened.get(storageClass);
    if (known !== undefined) return known;
    const opening = settings.open();
    this.#opened.set(storageClass, opening);
    opening.catch(() => this.#opened.delete(storageClass));
    return opening;
  }

  #damaged({ id }: Moved, detail: string): PlacedDamagedError {
    const error = new PlacedDamagedError(id, detail);
    this.#report(error);
    return error;
  }
}

class PlacedReader implements BlobReader {
  readonly sizeBytes: number;
  readonly #places: Places;
  readonly #moved: Moved;
  readonly #closing = new AbortController();

  constructor(places: Places, { moved, sizeBytes }: { moved: Moved; sizeBytes: number }) {
    this.#places = places;
    this.#moved = moved;
    this.sizeBytes = sizeBytes;
  }

  async *read(span: ByteSpan, hooks: ReadHooks = {}): AsyncIterable<Uint8Array> {
    const { signal } = this.#closing;
    const blob = { moved: this.#moved, sizeBytes: this.sizeBytes };
    try {
      yield* this.#places.read(blob, { span, signal });
    } catch (error) {
      throw hooks.explain === undefined ? error : hooks.explain(error);
    } finally {
      hooks.onEnd?.();
    }
  }

  close(): void {
    this.#closing.abort(new Error('the reader was closed'));
  }
}

function nameOf({ id }: Moved): string {
  return `${id.slice(0, 2)}/${id}`;
}

/** Whatever a place refuses, it may take later: nobody here can tell. */
function awayOf(error: unknown, place: StorageClass): unknown {
  if (!(error instanceof BlobsError)) return error;
  return unavailable(place, 'cannot be used at the moment', error);
}

function unavailable(place: StorageClass, what: string, cause?: unknown): ObjectStorageError {
  const message = `The object lies at the place of storage class ${place}, which ${what}. Try again later.`;
  return new ObjectStorageError('ServiceUnavailable', { message, cause });
}

// Drives of a simulated machine that can be pulled, put back, exchanged, and made to fail: folders of its disk, and
// databases of its own, under another name for every drive that was ever in a place.

import { openSimulatedSql, SqlError } from '@cairn/engines';
import { type Disk, DiskError, type DiskFile, type World } from '@cairn/world';
import type { SimulatedMachine } from '@cairn/world/simulated';
import indexStore, { type IndexSql } from '../../src/data/index-store.ts';
import { replacing } from './sabotage.ts';

type Place = {
  /** Which drive is in it; undefined while there is none. */
  drive: number | undefined;
  /** What to put back. */
  pulled: number | undefined;
  failing: 'sync' | 'write' | undefined;
};

export class SimulatedDrives {
  readonly folders: readonly string[];
  readonly #machine: SimulatedMachine;
  readonly #places: Place[];
  #drives: number;

  constructor(machine: SimulatedMachine, options: { readonly drives: number }) {
    this.#machine = machine;
    this.#drives = options.drives;
    this.#places = Array.from({ length: options.drives }, (_, drive) => ({
      ...{ drive, pulled: undefined, failing: undefined },
    }));
    this.folders = this.#places.map((_, place) => `drive-${place}`);
  }

  get pulled(): readonly number[] {
    return this.#places.flatMap(({ drive }, place) => (drive === undefined ? place : []));
  }

  pull(place: number): void {
    const found = this.#places[place]!;
    found.pulled ??= found.drive;
    found.drive = undefined;
  }

  putBack(place: number): void {
    const found = this.#places[place]!;
    found.drive = found.pulled;
    found.pulled = undefined;
  }

  exchange(place: number): void {
    const found = this.#places[place]!;
    found.drive = this.#drives++;
    found.pulled = undefined;
  }

  /** The next such call on a file of the drive fails. */
  failNext(place: number, call: 'sync' | 'write'): void {
    this.#places[place]!.failing = call;
  }

  failNoMore(): void {
    for (const place of this.#places) place.failing = undefined;
  }

  /** Flips a bit in a segment of the drive, behind the header; false when there is none. */
  rot(place: number, random: { integer(below: number): number }): boolean {
    const { disk } = this.#machine;
    const { drive } = this.#places[place]!;
    const prefix = `/drives/${drive}/`;
    const files = disk.files().filter((path) => path.startsWith(prefix) && path.endsWith('.segment'));
    const path = files[random.integer(Math.max(1, files.length))];
    const bytes = path === undefined ? 0 : disk.contents(path)!.byteLength - segmentHeaderBytes;
    if (path === undefined || bytes <= 0) return false;
    disk.rot(path, { position: segmentHeaderBytes + random.integer(bytes), bit: random.integer(8) });
    return true;
  }

  /** The index of the drive that is in the folder of the path now. */
  async openIndex(path: string): Promise<IndexSql> {
    const place = this.#placeOf(path);
    const { drive } = this.#places[place!]!;
    if (drive === undefined) throw goneSql();
    const name = `drive-${drive}`;
    const sql = await openSimulatedSql(this.#machine, { ...indexStore, name });
    const guarded = <Call extends (...input: never[]) => Promise<unknown>>(call: Call) =>
      (async (...input: never[]) => {
        if (this.#places[place!]!.drive !== drive) throw goneSql();
        return call.apply(sql, input);
      }) as unknown as Call;
    return replacing(sql, {
      write: guarded(sql.write),
      read: guarded(sql.read),
      lookup: guarded(sql.lookup),
      check: guarded(sql.check),
    });
  }

  /** The same world, in which the folders of the drives lead to those that are in place. */
  world(world: World): World {
    const { disk } = world;
    const at = (path: string) => this.#resolve(path);
    const one =
      <Rest extends unknown[], Result>(call: (path: string, ...rest: Rest) => Promise<Result>) =>
      async (path: string, ...rest: Rest) =>
        call.call(disk, at(path), ...rest);
    const moved: Partial<Disk> = {
      open: async (path, mode) => this.#watched(path, await disk.open(at(path), mode)),
      rename: async (from, to) => disk.rename(at(from), at(to)),
      list: one(disk.list),
      makeDirectory: one(disk.makeDirectory),
      remove: one(disk.remove),
      syncDirectory: one(disk.syncDirectory),
      stat: one(disk.stat),
      freeBytes: one(disk.freeBytes),
      lockDirectory: one(disk.lockDirectory),
    };
    return { ...world, disk: replacing(disk, moved) };
  }

  #placeOf(path: string): number | undefined {
    const found = /^drive-(\d+)(\/|$)/.exec(path)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  #resolve(path: string): string {
    const place = this.#placeOf(path);
    if (place === undefined) return path;
    const rest = path.slice(`drive-${place}`.length);
    const { drive } = this.#places[place]!;
    // The empty folder that a drive was mounted on; nothing ought to be written there.
    return drive === undefined ? `mounts/${place}${rest}` : `drives/${drive}${rest}`;
  }

  #watched(path: string, file: DiskFile): DiskFile {
    const place = this.#placeOf(path);
    if (place === undefined) return file;
    const found = this.#places[place]!;
    const { drive } = found;
    const look = (operation: string) => {
      const failing = found.failing === operation;
      if (failing) found.failing = undefined;
      if (failing || found.drive !== drive) throw new DiskError('io', { operation, path });
    };
    return replacing(file, {
      read: async (into, position) => {
        look('read');
        return file.read(into, position);
      },
      readNow: (into, position) => {
        look('read');
        return file.readNow(into, position);
      },
      readCached: (into, position) => (found.drive === drive ? file.readCached(into, position) : 0),
      write: async (buffers, position) => {
        look('write');
        return file.write(buffers, position);
      },
      sync: async () => {
        look('sync');
        return file.sync();
      },
    } satisfies Partial<DiskFile>);
  }
}

const segmentHeaderBytes = 64;

function goneSql(): SqlError {
  return new SqlError('failed', { attempted: 'reach the drive', detail: 'it is gone' });
}

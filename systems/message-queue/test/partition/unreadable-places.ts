// A disk with places that it cannot read: pages of 4 KiB, as a drive and its file system fail them.

import { DiskError, type DiskFile, type World } from '@cairn/world';

const pageBytes = 4_096;

export type UnreadablePlace = {
  /** How the path of its file ends. */
  readonly file: string;
  /** A byte of the page. */
  readonly at: number;
};

/**
 * The world with these places, as they are at each read: the list may be changed, and loses a place that is written over whole, as a
 * drive puts another sector there.
 */
export function withUnreadable(world: World, places: UnreadablePlace[]): World {
  const isHit = (path: string, from: number, lengthBytes: number) =>
    places.some(({ file, at }) => {
      const page = at - (at % pageBytes);
      return path.endsWith(file) && page < from + lengthBytes && from < page + pageBytes;
    });
  const checked = (file: DiskFile): DiskFile =>
    changed(file, {
      read: async (into, position) => {
        if (isHit(file.path, position, into.length))
          throw new DiskError('io', { operation: 'read', path: file.path });
        return file.read(into, position);
      },
      readCached: (into, position) =>
        isHit(file.path, position, into.length) ? 0 : file.readCached(into, position),
      write: async (buffers, position) => {
        const end = position + buffers.reduce((sum, { length }) => sum + length, 0);
        await file.write(buffers, position);
        const isOver = ({ at }: UnreadablePlace) =>
          position <= at - (at % pageBytes) && at - (at % pageBytes) + pageBytes <= end;
        const left = places.filter((place) => !file.path.endsWith(place.file) || !isOver(place));
        places.splice(0, places.length, ...left);
      },
    });
  const { disk } = world;
  return { ...world, disk: changed(disk, { open: async (...call) => checked(await disk.open(...call)) }) };
}

function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      if (key in replaced) return Reflect.get(replaced, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Where a text lies in a file. */
export async function placeOf(
  world: World,
  { path, text }: { path: string; text: string },
): Promise<UnreadablePlace> {
  const file = await world.disk.open(path, 'read');
  const bytes = Buffer.alloc(await file.sizeBytes());
  await file.read(bytes, 0);
  await file.close();
  const at = bytes.indexOf(text);
  if (at === -1) throw new Error(`${text} is not in ${path}`);
  return { file: path, at };
}

// Worlds that break one promise, to prove that the simulation would notice a storage that relies on less than it should.

import type { Disk, DiskFile, World } from '@cairn/world';

/** Syncs of files are acknowledged and do nothing. */
export function withoutSync(world: World): World {
  const open: Disk['open'] = async (path, mode) => {
    const file = await world.disk.open(path, mode);
    return replacing(file, { sync: async () => {} } satisfies Partial<DiskFile>);
  };
  return { ...world, disk: replacing(world.disk, { open }) };
}

/** Syncs of folders are acknowledged and do nothing. */
export function withoutDirectorySync(world: World): World {
  return { ...world, disk: replacing(world.disk, { syncDirectory: async () => {} }) };
}

/** The same object with some methods replaced; the others keep their own `this`. */
function replacing<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name);
      const value = Reflect.get(object, name, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

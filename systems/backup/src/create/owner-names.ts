// Names of the users and groups that own what was backed up, as this system knows them.

import type { Libc } from '../filesystem/libc.ts';

export class OwnerNames {
  readonly #uids = new Set<number>();
  readonly #gids = new Set<number>();

  add(uid: number, gid: number): void {
    this.#uids.add(uid);
    this.#gids.add(gid);
  }

  /** By id in decimal; ids without a name are left out. */
  resolve(libc: Libc | undefined): { users: Record<string, string>; groups: Record<string, string> } {
    if (libc === undefined) return { users: {}, groups: {} };
    const { getpwuid, getgrgid } = libc.functions;
    return {
      users: namesOf(this.#uids, libc, getpwuid),
      groups: namesOf(this.#gids, libc, getgrgid),
    };
  }
}

function namesOf(ids: Set<number>, libc: Libc, lookUp: (id: number) => bigint): Record<string, string> {
  const names: Record<string, string> = {};
  for (const id of [...ids].sort((left, right) => left - right)) {
    const found = lookUp(id);
    const name = found === 0n ? undefined : libc.textAt(libc.pointerAt(found));
    if (name !== undefined) names[id] = name;
  }
  return names;
}

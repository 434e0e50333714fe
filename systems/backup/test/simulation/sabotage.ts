// Mistakes in what a client sees of the store or does to it, each of which breaks one step of the protocol (DESIGN.md, "Concurrency and
// garbage collection"), to prove that the simulation would notice a library that leaves it out. Where the step guards a short moment, the
// moment is made longer.

import { type BlobInfo, BlobsError } from '@cairn/engines';
import { prefixes } from '../../src/format/object-names.ts';
import { changed, contentOf, isOf, nothing, readOnce, whole } from './changed-blobs.ts';
import type { Sabotage } from './gc-scenario.ts';

export type { Sabotage };

const hourMs = 3_600_000;

/** W2 without the condemned list. */
export const withoutCondemned: Sabotage = (blobs, operation) =>
  operation === 'gc'
    ? blobs
    : changed(blobs, {
        list: async (options) => (isOf(options, 'condemned', 'verdicts') ? nothing : blobs.list(options)),
      });

/** W2 with index and packs read before the condemned list is, and without verdicts, which would make up for it. */
export const condemnedLast: Sabotage = (blobs, operation, { world, random }) => {
  if (operation === 'gc') return blobs;
  const early = readOnce(blobs, 'index', 'packs');
  return changed(early, {
    list: async (options) => {
      if (isOf(options, 'verdicts')) return nothing;
      if (isOf(options, 'condemned')) {
        const index = await early.list({ prefix: prefixes.index });
        for (const { name } of index.blobs) await early.get(name);
        await early.list({ prefix: prefixes.packs });
        await world.clock.sleep(random.integer(hourMs));
      }
      return early.list(options);
    },
  });
};

/** W1 behind W2: the session is durable when condemnations, index and packs were read. */
export const sessionLate: Sabotage = (blobs, operation, { world, random }) => {
  if (operation === 'gc') return blobs;
  let held: (() => Promise<unknown>) | undefined;
  return changed(blobs, {
    put: async (name, body, options) => {
      if (!name.startsWith(prefixes.sessions) || name.endsWith('.alive'))
        return blobs.put(name, body, options);
      held = () => blobs.put(name, body, options);
      return 'stored';
    },
    list: async (options) => {
      const page = await blobs.list(options);
      if (held === undefined || !isOf(options, 'packs')) return page;
      await world.clock.sleep(random.integer(hourMs / 6));
      await held();
      held = undefined;
      return page;
    },
  });
};

/** C4 left out: nobody is waited for. */
export const withoutWaits: Sabotage = (blobs, operation) => {
  if (operation !== 'gc') return blobs;
  const own = new Set<string>();
  return changed(blobs, {
    put: async (name, body, options) => {
      if (name.startsWith(prefixes.sessions)) own.add(name);
      return blobs.put(name, body, options);
    },
    list: async (options) => {
      const page = await blobs.list(options);
      if (!isOf(options, 'sessions')) return page;
      return { ...page, blobs: page.blobs.filter(({ name }) => own.has(name)) };
    },
  });
};

/** C5 with the snapshots of C1. */
export const snapshotsOnce: Sabotage = (blobs, operation) =>
  operation === 'gc' ? readOnce(blobs, 'snapshots', 'tombstones') : blobs;

/** C5 without the condemned lists: copies count in packs that are condemned themselves. */
export const condemnedUnseen: Sabotage = (blobs, operation) => {
  if (operation !== 'gc') return blobs;
  // The only listing of `condemned/` that comes after that of the sessions and of the snapshots is C5's.
  let step: 'C1' | 'C4' | 'C5' = 'C1';
  return changed(blobs, {
    list: async (options) => {
      if (step === 'C1' && isOf(options, 'sessions')) step = 'C4';
      else if (step === 'C4' && isOf(options, 'snapshots')) step = 'C5';
      else if (step === 'C5' && isOf(options, 'condemned')) {
        step = 'C1';
        return nothing;
      }
      return blobs.list(options);
    },
  });
};

/** No mistake: one collector stands still before it condemns, another for much longer before it puts a verdict. */
export const lateVerdicts: Sabotage = (blobs, operation, { name: client, stall, world }) => {
  if (operation !== 'gc') return blobs;
  const stand = { 'collector-2': 'condemned', 'collector-3': 'verdicts' } as const;
  const standsAt = client === 'collector-2' || client === 'collector-3' ? stand[client] : undefined;
  let stood = standsAt === undefined;
  return changed(blobs, {
    put: async (name, body, options) => {
      if (!stood && name.startsWith(prefixes[standsAt!])) {
        stood = true;
        stall(standsAt === 'condemned' ? 1.2 * hourMs : 6 * hourMs);
        await world.clock.sleep(1);
      }
      return blobs.put(name, body, options);
    },
  });
};

/** The same, and C6 overwrites a verdict that is there, and C7 does not look whether it was carried out. */
export const verdictOverwritten: Sabotage = (blobs, operation, client) => {
  const late = lateVerdicts(blobs, operation, client);
  if (operation !== 'gc') return late;
  const seen = new Map<string, { info: BlobInfo; bytes: Uint8Array }>();
  return changed(late, {
    put: (name, body, options) =>
      late.put(name, body, name.startsWith(prefixes.verdicts) ? { ...options, ifAbsent: false } : options),
    get: async (name, options) => {
      if (!name.startsWith(prefixes.condemned) || name.endsWith('.waits')) return late.get(name, options);
      const known = seen.get(name) ?? (await whole(await late.get(name, options)));
      if (known !== undefined) seen.set(name, known);
      return known && contentOf(known);
    },
  });
};

/** Fences, tombstones and verdicts are deleted by the next gc instead of after 30 days, and commits are often repeated late. */
export const forgetfulAtOnce: Sabotage = (blobs, operation, { world, random }) =>
  operation === 'gc'
    ? changed(blobs, {
        list: async (options) => {
          const page = await blobs.list(options);
          if (!isOf(options, 'snapshots', 'tombstones', 'verdicts')) return page;
          return { ...page, blobs: page.blobs.map((info) => ({ ...info, modifiedMs: 0 })) };
        },
      })
    : changed(blobs, {
        put: async (name, body, options) => {
          if (name.startsWith(prefixes.snapshots) && random.chance(1 / 2)) {
            const again = () => void blobs.put(name, body, options).catch(() => {});
            world.clock.setTimer(random.integer(3 * hourMs), again);
          }
          return blobs.put(name, body, options);
        },
      });

/** W4 overwrites what is there. */
export const commitOverwrites: Sabotage = (blobs, operation, client) =>
  operation === 'gc'
    ? blobs
    : changed(blobs, {
        put: async (name, body, options) => {
          if (!name.startsWith(prefixes.snapshots)) return blobs.put(name, body, options);
          if (client.random.chance(1 / 2)) client.stall(client.random.integer(3 * hourMs));
          return blobs.put(name, body, { ...options, ifAbsent: false });
        },
      });

/** No mistake: commits of which many have no answer, and take effect hours later. */
export const commitsUnanswered: Sabotage = (blobs, operation, { world, random }) => {
  if (operation === 'gc') return blobs;
  const sent = new Set<string>();
  return changed(blobs, {
    put: async (name, body, options) => {
      const isCommit = name.startsWith(prefixes.snapshots) && !sent.has(name);
      if (!isCommit || random.chance(1 / 2)) return blobs.put(name, body, options);
      sent.add(name);
      world.clock.setTimer(
        random.integer(3 * hourMs),
        () => void blobs.put(name, body, options).catch(() => {}),
      );
      throw new BlobsError('failed', { attempted: `put ${name}`, detail: 'no answer came' });
    },
  });
};

/** The same, and W4 without a fence: the session goes as if the commit could not take effect any more. */
export const commitsUnfenced: Sabotage = (blobs, operation, client) => {
  const unanswered = commitsUnanswered(blobs, operation, client);
  if (operation === 'gc') return unanswered;
  const failed = new Set<string>();
  return changed(unanswered, {
    put: async (name, body, options) => {
      if (failed.has(name)) return 'stored';
      try {
        return await unanswered.put(name, body, options);
      } catch (error) {
        if (name.startsWith(prefixes.snapshots)) failed.add(name);
        throw error;
      }
    },
  });
};

/** No mistake: what is tagged is forgotten by somebody else just before the new snapshot is committed, which then takes its time. */
export const forgottenMeanwhile: Sabotage = (blobs, operation, { world, random }) => {
  if (operation !== 'tag') return blobs;
  let tombstone: string | undefined;
  return changed(blobs, {
    head: async (name) => {
      if (name.startsWith(prefixes.tombstones)) tombstone = name;
      return blobs.head(name);
    },
    put: async (name, body, options) => {
      if (!name.startsWith(prefixes.snapshots) || tombstone === undefined)
        return blobs.put(name, body, options);
      // Whatever it says: that it is there is what counts.
      await blobs.put(tombstone, body, { ifAbsent: true });
      await world.clock.sleep(random.integer(hourMs));
      return blobs.put(name, body, options);
    },
  });
};

/** The same, and W3 without asking for the chunks of what is tagged though something is condemned. */
export const tagUnasked: Sabotage = (blobs, operation, client) => {
  const forgetful = forgottenMeanwhile(blobs, operation, client);
  if (operation !== 'tag') return forgetful;
  return changed(forgetful, {
    list: async (options) => (isOf(options, 'condemned') ? nothing : forgetful.list(options)),
  });
};

/** No mistake: writers that like to sleep for longer than fences are kept, before they commit. */
export const sleepsBeforeCommit: Sabotage = (blobs, operation, { random, stall, world }) =>
  operation === 'gc'
    ? blobs
    : changed(blobs, {
        head: async (name) => {
          if (name.startsWith(prefixes.sessions) && random.chance(1 / 4)) {
            stall(75 * 24 * hourMs);
            // What is sent before this is sent before the sleep.
            await world.clock.sleep(1);
          }
          return blobs.head(name);
        },
      });

/** The same, and W4 without a look at the session. */
export const sessionUnseen: Sabotage = (blobs, operation, client) => {
  const sleepy = sleepsBeforeCommit(blobs, operation, client);
  if (operation === 'gc') return sleepy;
  return changed(sleepy, {
    head: async (name) => {
      const info = await sleepy.head(name);
      return name.startsWith(prefixes.sessions) ? { name, sizeBytes: 1, modifiedMs: 0 } : info;
    },
  });
};

/** No mistake: repairs of which many sleep behind their salvage. */
export const repairsAsleep: Sabotage = (blobs, operation, { random, stall, world }) => {
  if (operation !== 'repair') return blobs;
  return changed(blobs, {
    put: async (name, body, options) => {
      if (name.startsWith(prefixes.verdicts) && random.chance(1 / 2)) {
        stall(random.integer(4 * hourMs));
        await world.clock.sleep(1);
      }
      return blobs.put(name, body, options);
    },
  });
};

/** The same, and R2 without a condemnation and a verdict of the damaged packs. */
export const repairUncondemned: Sabotage = (blobs, operation, client) => {
  if (operation !== 'repair') return blobs;
  return changed(blobs, {
    put: async (name, body, options) => {
      const isSwallowed = [prefixes.condemned, prefixes.verdicts].some((prefix) => name.startsWith(prefix));
      if (!isSwallowed) return blobs.put(name, body, options);
      if (name.startsWith(prefixes.verdicts)) {
        client.stall(client.random.integer(4 * hourMs));
        await client.world.clock.sleep(1);
      }
      return 'stored';
    },
  });
};

/** R3 without R2: what is readable of damaged packs is not stored anew before their entries go. */
export const repairUnsalvaged: Sabotage = (blobs, operation) => {
  if (operation !== 'repair') return blobs;
  return changed(blobs, {
    put: async (name, body, options) =>
      name.startsWith(prefixes.packs) ? 'stored' : blobs.put(name, body, options),
  });
};

/** C7 deletes the packs before the index objects that name them are replaced. */
export const indexKept: Sabotage = (blobs, operation) =>
  operation === 'gc'
    ? changed(blobs, {
        put: async (name, body, options) =>
          name.startsWith(prefixes.index) ? 'stored' : blobs.put(name, body, options),
      })
    : blobs;

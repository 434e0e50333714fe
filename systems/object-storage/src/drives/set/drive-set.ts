// The drives of a machine: which there are, which can be used, and what each has missed.
//
//   usable ---- an error, or its label is gone ----> missing ---- its label is back, opened again ----> usable
//                                                       |
//                                                       +---- `replace`, into an empty folder, a new drive ----> usable
//
// A drive that is missing misses removals. So before anything that it misses is acknowledged, its slot is marked in the
// data folder (`missed`), durably. The mark goes once everything on the drive was held against all references. An older
// copy of a drive's folder shows by its generation, which rises with every opening, and counts as having missed something.

import type { Telemetry } from '@cairn/telemetry';
import type { Disk, World } from '@cairn/world';
import type { DriveStore } from '../../data/data-store.ts';
import type { IndexSql } from '../../data/index-store.ts';
import { driveProbeMs } from '../../limits.ts';
import { SerialSteps } from '../../serial-steps.ts';
import { isDriveTrouble } from '../reading/drive-trouble.ts';
import { lookAt, matchFolders, messageOf, rebuiltState, refuse } from './match-drives.ts';
import { newSlot, newState } from './new-set.ts';
import { Retries } from './retries.ts';
import { SetFile } from './set-file.ts';
import { type DriveLabel, driveFile, type SetState, setState } from './set-state.ts';
import { type Drive, driveIn, type Slot, slotStateOf } from './slot.ts';
import { readState, writeState } from './state-file.ts';

export type OpenedDrive = { readonly store: DriveStore; readonly index: IndexSql };

export type DriveSetParts = {
  readonly world: World;
  /** Of a drive: its calls end, whether it answers or not. */
  readonly diskOf: (folder: string) => Disk;
  readonly log: Telemetry['log'];
  /** `drives.json`, in the data folder. */
  readonly path: string;
  readonly folders: readonly string[];
  readonly openDrive: (folder: string) => Promise<OpenedDrive>;
  /** Whether there is nothing yet that a new, empty set could hide. */
  readonly mayCreate: () => Promise<boolean>;
  /** A drive can be used: at the start, after it came back, after it was replaced. Waited for before that is told. */
  readonly onJoined: (drive: Drive) => Promise<void>;
};

export class DriveSet {
  readonly slots: readonly Slot[];
  readonly #parts: DriveSetParts;
  readonly #set: string;
  readonly #stopping = new AbortController();
  readonly #indexes = new Map<DriveStore, IndexSql>();
  /** Stores of drives that failed, on their way out: none is opened twice. */
  readonly #closing = new Map<Slot, Promise<void>>();
  readonly #retries: Retries;
  readonly #file: SetFile;
  readonly #steps = new SerialSteps();
  #finished: Promise<void> = Promise.resolve();

  private constructor(parts: DriveSetParts, state: SetState, folders: readonly string[]) {
    this.#parts = parts;
    this.#set = state.set;
    this.slots = state.slots.map((slot, number) => ({
      ...{ ...slot, number, folder: folders[number]! },
      ...{ store: undefined, reason: 'it was not opened yet', freeBytes: 0 },
    }));
    const { world, log, path } = parts;
    this.#retries = new Retries({ clock: world.clock });
    this.#file = new SetFile({
      ...{ disk: world.disk, path, log },
      state: () => ({ set: this.#set, slots: this.slots.map(slotStateOf) }),
    });
  }

  /** Opens what can be opened. Throws ServiceUnavailable when the folders do not fit the set, or no drive can be used. */
  static async open(parts: DriveSetParts): Promise<DriveSet> {
    const { world, folders, path, diskOf } = parts;
    const found = await Promise.all(folders.map((folder) => lookAt(diskOf(folder), folder)));
    const known = await readState(world.disk, path, setState);
    const remembered = known ?? rebuiltState(found);
    const state = remembered ?? (await newState(found, { random: world.random, mayCreate: parts.mayCreate }));
    const matched = remembered === undefined ? { folders, added: [] } : matchFolders(state, found);
    const added = matched.added.map(() => newSlot(world.random));
    const slots = [...state.slots, ...added];
    const set = new DriveSet(parts, { ...state, slots }, [...matched.folders, ...matched.added]);
    const unlabelled = remembered === undefined ? set.slots : set.slots.slice(state.slots.length);
    for (const slot of unlabelled) await set.#label(slot);
    // Only now: a crash before it leaves folders in which nothing was stored yet.
    if (unlabelled.length > 0) await set.#file.save();
    await set.#openAll();
    return set;
  }

  get usable(): readonly Drive[] {
    return this.slots.flatMap((slot) => driveIn(slot) ?? []);
  }

  get isWhole(): boolean {
    return this.slots.every(({ store }) => store !== undefined);
  }

  indexOf(store: DriveStore): IndexSql | undefined {
    return this.#indexes.get(store);
  }

  /** Begins to watch the drives. */
  start(): void {
    this.#finished = this.#watch();
  }

  /** The store met an error that says something of the whole drive: it is used no more until it was opened again. */
  fail(slot: Slot, store: DriveStore, error: unknown): void {
    if (slot.store !== store) return;
    this.#parts.log.error('a drive cannot be used any more', { drive: slot.folder, error });
    slot.store = undefined;
    slot.reason = messageOf(error);
    slot.missed = true;
    void this.#file.save();
    const index = this.#indexes.get(store);
    this.#indexes.delete(store);
    const closing = closeDrive(store, index).finally(() => this.#closing.delete(slot));
    this.#closing.set(slot, closing);
    this.#retries.failed(slot);
  }

  /** Asks a drive that can be used; undefined when it fails, and then it cannot be used any more. */
  async attempt<T>({ slot, store }: Drive, call: (store: DriveStore) => Promise<T>): Promise<T | undefined> {
    try {
      return await call(store);
    } catch (error) {
      if (!isDriveTrouble(error)) throw error;
      this.fail(slot, store, error);
      return undefined;
    }
  }

  /** Looks whether the drive is still there, after an error that may be of one file only. */
  async probe(slot: Slot): Promise<void> {
    const { store } = slot;
    if (store === undefined) return;
    const problem = await this.#problemOf(slot);
    if (problem !== undefined) this.fail(slot, store, new Error(problem));
  }

  /** Resolves when what the drives missed is remembered durably. */
  settled(): Promise<void> {
    return this.#file.settled();
  }

  /** All of what these drives held is decided: what they missed is made up for. */
  async caughtUp(slots: readonly Slot[]): Promise<void> {
    if (slots.every(({ missed }) => !missed)) return;
    for (const slot of slots) slot.missed = false;
    await this.#file.save();
  }

  /** Takes a new drive for a missing one. Throws ServiceUnavailable when there is nothing to replace, or no empty folder. */
  async replace(folder: string): Promise<void> {
    return this.#steps.run(async () => {
      const slot = this.slots.find((one) => one.folder === folder);
      if (slot === undefined) refuse(`${folder} is not one of object-storage.data.drives`);
      if (slot.store !== undefined) refuse(`the drive in ${folder} is in use, there is nothing to replace`);
      await this.#closing.get(slot);
      const found = await lookAt(this.#parts.diskOf(folder), folder);
      if (!found.empty)
        refuse(`${folder} is not empty: ${found.failure ?? 'a new drive is an empty folder'}`);
      const { drive } = newSlot(this.#parts.world.random);
      Object.assign(slot, { drive, generation: 0, missed: false });
      await this.#file.save();
      await this.#label(slot).catch((error: unknown) => {
        refuse(`the new drive in ${folder} cannot be written: ${messageOf(error)}`);
      });
      await this.#open(slot);
      if (driveIn(slot) === undefined) refuse(`the new drive in ${folder} cannot be used: ${slot.reason}`);
    });
  }

  /** Closes all drives, whatever fails. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the storage is being closed'));
    await this.#finished;
    await this.#steps.settled();
    await Promise.all(this.#closing.values());
    const usable = this.usable;
    for (const slot of this.slots) slot.store = undefined;
    const closed = await Promise.allSettled(
      usable.map(({ store }) => closeDrive(store, this.#indexes.get(store), { loud: true })),
    );
    await this.#file.settled().catch(() => {});
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #openAll(): Promise<void> {
    await Promise.all(this.slots.map((slot) => this.#open(slot)));
    if (this.usable.length > 0) return;
    const reasons = this.slots.map(({ folder, reason }) => `${folder}: ${reason}`);
    refuse(`no drive of the object storage can be used: ${reasons.join('; ')}`);
  }

  /** Leaves the reason in the slot when it cannot be opened. */
  async #open(slot: Slot): Promise<void> {
    const problem = await this.#problemOf(slot);
    try {
      if (problem !== undefined) return await this.#missing(slot, problem);
      await this.#raiseGeneration(slot);
      const { store, index } = await this.#parts.openDrive(slot.folder);
      this.#indexes.set(store, index);
      slot.store = store;
      slot.reason = '';
      await this.#measure(slot);
      await this.#parts.onJoined({ slot, placement: slot.placement, store });
    } catch (error) {
      this.#retries.failed(slot);
      await this.#missing(slot, messageOf(error));
    }
  }

  async #missing(slot: Slot, reason: string): Promise<void> {
    if (slot.reason !== reason) {
      this.#parts.log.warn('a drive cannot be used', { drive: slot.folder, reason });
    }
    slot.reason = reason;
    if (slot.missed) return;
    slot.missed = true;
    await this.#file.save();
  }

  /** First in the drive, then in the set: a crash in between leaves the drive one ahead, which is no older copy. */
  async #raiseGeneration(slot: Slot): Promise<void> {
    const { label } = await lookAt(this.#parts.diskOf(slot.folder), slot.folder);
    const found = label?.generation ?? 0;
    if (found < slot.generation) {
      this.#parts.log.warn('a drive came back as it was before', { drive: slot.folder });
      slot.missed = true;
    }
    slot.generation = Math.max(found, slot.generation) + 1;
    await this.#label(slot);
    await this.#file.save();
  }

  async #label(slot: Slot): Promise<void> {
    const disk = this.#parts.diskOf(slot.folder);
    const label: DriveLabel = {
      set: this.#set,
      slot: slot.number,
      slots: this.slots.length,
      placement: slot.placement,
      drive: slot.drive,
      generation: slot.generation,
    };
    await disk.makeDirectory(slot.folder);
    await writeState(disk, `${slot.folder}/${driveFile}`, label);
  }

  /** Why what is in the folder now is not the drive. */
  async #problemOf(slot: Slot): Promise<string | undefined> {
    const { label, empty, failure } = await lookAt(this.#parts.diskOf(slot.folder), slot.folder);
    if (failure !== undefined) return failure;
    if (label === undefined) return empty ? 'its folder is empty or missing' : 'its folder has no drive.json';
    if (label.set !== this.#set) return 'its folder holds a drive of another object storage';
    return label.drive === slot.drive
      ? undefined
      : 'its folder holds another drive, or one that was replaced';
  }

  async #watch(): Promise<void> {
    const { clock } = this.#parts.world;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await clock.sleep(driveProbeMs, signal).catch(() => {});
      if (signal.aborted) return;
      await this.#steps.run(() => this.#lookAtAll());
    }
  }

  async #lookAtAll(): Promise<void> {
    await Promise.all(
      this.slots.map(async (slot) => {
        if (slot.store === undefined) return this.#tryAgain(slot);
        await this.probe(slot);
        await this.#measure(slot);
      }),
    );
  }

  async #tryAgain(slot: Slot): Promise<void> {
    if (!this.#retries.isDue(slot)) return;
    await this.#closing.get(slot);
    await this.#open(slot);
  }

  async #measure(slot: Slot): Promise<void> {
    slot.freeBytes = await this.#parts
      .diskOf(slot.folder)
      .freeBytes(slot.folder)
      .catch(() => 0);
    // A drive that cannot be measured shows by its label, or when it is written.
    await slot.store?.lookForSpace().catch(() => {});
  }
}

/** Of a drive that failed, nothing more can be asked than to let go of what it holds. */
async function closeDrive(
  store: DriveStore,
  index: IndexSql | undefined,
  { loud = false } = {},
): Promise<void> {
  const outcomes = await Promise.allSettled([store.close()]);
  outcomes.push(...(await Promise.allSettled([index?.close()])));
  if (!loud) return;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

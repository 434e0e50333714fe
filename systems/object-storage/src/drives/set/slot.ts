// One place of the set: the drive that fills it now, and the store on it while it can be used.

import type { DriveStore } from '../../data/data-store.ts';
import type { SlotState } from './set-state.ts';

export type Slot = {
  readonly number: number;
  readonly folder: string;
  readonly placement: number;
  drive: string;
  generation: number;
  missed: boolean;
  /** Undefined while the drive cannot be used. */
  store: DriveStore | undefined;
  /** Why it cannot be used, or why it was not before. */
  reason: string;
  /** Bytes that are free, when that was last looked at. */
  freeBytes: number;
};

/** A drive as it could be used a moment ago: its store may fail by now, and then says so. */
export type Drive = { readonly slot: Slot; readonly placement: number; readonly store: DriveStore };

export function driveIn(slot: Slot): Drive | undefined {
  const { store, placement } = slot;
  return store === undefined ? undefined : { slot, placement, store };
}

export function slotStateOf({ placement, drive, generation, missed }: Slot): SlotState {
  return { placement, drive, generation, missed };
}

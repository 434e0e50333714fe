// What is remembered of a set of drives: its members in the data folder, and in each drive's folder which one it is.

import { z } from 'zod';

const hex = z.string().regex(/^[0-9a-f]+$/);

/** `drive.json` in a drive's folder. */
export const driveLabel = z.strictObject({
  set: hex,
  /** The slot that it fills; how many there are, for a set whose own file was lost. */
  slot: z.int().nonnegative(),
  slots: z.int().positive(),
  /** Of the slot: 32 bits that decide which blobs are at home there. */
  placement: z.int().nonnegative(),
  drive: hex,
  /** How often it was opened: an older copy of the folder has a lower number than the set remembers. */
  generation: z.int().nonnegative(),
});
export type DriveLabel = z.output<typeof driveLabel>;

const slotState = z.strictObject({
  placement: z.int().nonnegative(),
  drive: hex,
  generation: z.int().nonnegative(),
  /** Blobs may have been removed while it was away: what it holds is held against all references before that is forgotten. */
  missed: z.boolean(),
});
export type SlotState = z.output<typeof slotState>;

/** `drives.json` in the data folder. */
export const setState = z.strictObject({ set: hex, slots: z.array(slotState).readonly() });
export type SetState = z.output<typeof setState>;

export const driveFile = 'drive.json';

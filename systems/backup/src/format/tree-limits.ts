// What an entry of a directory may say at most. A reader refuses more before anything is allocated or written.

/** Longer than any file system's (Linux: 255 bytes). */
export const nameBytesHighest = 4095;
/** Permission bits, setuid, setgid and sticky bit. */
export const modeHighest = 0o7777;
export const ownerHighest = 0xffff_ffff;
export const deviceNumberHighest = 0xffff_ffff;
export const nanosecondsHighest = 999_999_999;

export const entryFlags = {
  extendedAttributes: 1,
  hardLink: 2,
  sparse: 4,
  modeDiffers: 8,
  ownerDiffers: 16,
  unreadable: 32,
} as const satisfies Record<string, number>;

export const entryFlagsAll = 63;

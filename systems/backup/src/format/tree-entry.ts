// What a manifest says of one file. Names and targets are bytes: they need not be UTF-8.

export const entryTypes = {
  file: 1,
  directory: 2,
  symlink: 3,
  fifo: 4,
  'character-device': 5,
  'block-device': 6,
  socket: 7,
} as const satisfies Record<string, number>;

export type EntryType = keyof typeof entryTypes;

export type TreeEntry = {
  readonly type: EntryType;
  readonly name: Uint8Array;
  /** Permission bits, setuid, setgid and sticky bit: 12 bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
  readonly inode: bigint;
  /** Present when the file has several names: entries of one snapshot with equal values are one file. */
  readonly hardLink?: { readonly device: bigint; readonly links: number };
  /** Sorted by the bytes of their names. */
  readonly extendedAttributes?: readonly ExtendedAttribute[];
  readonly content: EntryContent;
};

export type Timestamp = { readonly seconds: number; readonly nanoseconds: number };
export type ExtendedAttribute = { readonly name: Uint8Array; readonly value: Uint8Array };

export type EntryContent =
  | {
      readonly kind: 'file';
      readonly sizeBytes: number;
      readonly sparse: boolean;
      /** False where no content could be read: an error of the backup named it. */
      readonly readable: boolean;
      /** n x 32 bytes. */
      readonly fingerprints: Uint8Array;
    }
  | { readonly kind: 'symlink'; readonly target: Uint8Array }
  | { readonly kind: 'device'; readonly major: number; readonly minor: number }
  | { readonly kind: 'directory'; readonly summary: TreeSummary; readonly tree: TreeReference }
  | { readonly kind: 'none' };

/** Counts of everything below a directory: `files` are all entries but directories, `bytes` the sizes of regular files. */
export type TreeSummary = { readonly files: number; readonly directories: number; readonly bytes: number };

/** A directory's bytes: right here, or as chunks of manifest packs. */
export type TreeReference =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'chunks'; readonly fingerprints: Uint8Array; readonly lengthBytes: number };

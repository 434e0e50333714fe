// A pack that is ready to be stored: its bytes are final, its name is their hash.

export type PackType = 'data' | 'manifest';

export type PackSummary = {
  /** 64 hex digits. */
  readonly id: string;
  readonly type: PackType;
  readonly sizeBytes: number;
  /** Of its header: what its key is derived from. */
  readonly epoch: number;
  readonly salt: Uint8Array;
  /** The entries as in a footer (DESIGN.md, "Pack"), not sealed. */
  readonly entries: Uint8Array;
  readonly entryCount: number;
};

/** `bytes` are on memory that is filled anew once it was given back (`PackBuffers`). */
export type SealedPack = PackSummary & { readonly bytes: Uint8Array };

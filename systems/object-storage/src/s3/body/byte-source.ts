// Where the bytes of a body come from, piece by piece.

export type ByteSource = {
  /**
   * The next piece, at once when it is there; undefined behind the last one. A piece stays as it is until the request
   * is answered, or more than `writeLookBackBytes` behind it were given. Asked for one at a time. Throws, or rejects, when no more will come though there should.
   */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Present when all of it is there: the same, at once. */
  readonly readNow?: (() => Uint8Array | undefined) | undefined;
};

// Randomness as a core sees it. The real one is cryptographically strong, so ids and secrets may come from it.

export type Random = {
  /** Fresh bytes; strong enough for secrets in the real world. */
  bytes(length: number): Buffer;
  /** Uniform in 0 <= n < below; `below` is an integer from 1 to 2^48. */
  integer(below: number): number;
};

// What the turn meter writes.

export type TurnReport = {
  readonly turns: number;
  /** CPU milliseconds of the longest turns, the longest first. */
  readonly longestMs: readonly number[];
};

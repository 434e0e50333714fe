// What a benchmark declares: cases that measure ours against a peer or a limit, in one unit.

export type BenchContext = {
  /** A run that only proves that everything works: do the least, as numbers do not matter. */
  readonly tiny: boolean;
};

export type BenchCase = {
  /** Unique within the bench, lower case with `-`: `put-4kib`. */
  readonly name: string;
  /** The unit of what `ours` and the peer return: `MB/CPU-s`, `us/op`. Rates are per server CPU-second unless it says wall. */
  readonly unit: string;
  /** Whether more of the unit is better (a rate) or less (a cost). */
  readonly better: 'more' | 'less';
  /** The ratio wanted; a limit's goal is always 1. */
  readonly goal?: number;
  /** Starts what both sides need, once, before the first measurement. */
  readonly prepare?: (context: BenchContext) => Promise<void>;
  /** One measurement of ours, in `unit`. */
  readonly ours: (context: BenchContext) => Promise<number>;
  readonly peer?: Peer | Limit;
  /**
   * Measure once, without a warm-up turn. Only for what has no peer to alternate with and is no rate: a peak of memory,
   * a load of minutes.
   */
  readonly once?: true;
  /** No warm-up turn. Only for programs that start anew for each measurement, over files that the machine has just written. */
  readonly cold?: true;
  /** Stops what `prepare` started; called also when a measurement failed. */
  readonly cleanup?: () => Promise<void>;
};

/** Another implementation, measured in the same run, alternating with ours. */
export type Peer = {
  readonly name: string;
  /** What is installed, in the peer's own words; undefined when it is not, and the case runs without it. */
  readonly version: (context: BenchContext) => Promise<string | undefined>;
  /**
   * The goal is at most this many times what the peer needs (`better: 'less'`). The result is then that of a limit: the
   * peer's median times this.
   */
  readonly atMost?: number;
  readonly run: (context: BenchContext) => Promise<number>;
};

/** A number in the case's unit that ours must not miss. */
export type Limit = { readonly limit: number };

/** One line of `--json`. Without a peer (none declared, or not installed) `peer` and `ratio` are null. */
export type BenchResult = {
  readonly case: string;
  readonly unit: string;
  /** Medians. */
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** More is better for us, whatever the unit. */
  readonly ratio: number | null;
  readonly goal: number | null;
};

// One test of the conformance suite, and what it may ask of the place that it runs against.

import type { Log } from '../log.ts';

/** One case; it opens what it needs, and the suite closes it. */
export type LogCase = {
  readonly title: string;
  readonly run: (place: LogPlace) => Promise<void>;
};

export type LogPlace = {
  /** Opens the engine; each is another process as far as groups can tell. */
  readonly open: () => Promise<Log>;
  /** Makes a topic of that many partitions, of which nobody has heard. */
  readonly topic: (partitions: number) => Promise<string>;
  /** A group that nobody has heard of. */
  readonly group: () => string;
};

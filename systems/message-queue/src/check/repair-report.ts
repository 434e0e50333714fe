// What a repair did, and what it left.

export type Problem = {
  readonly where: string;
  readonly detail: string;
  /** Consumers pass over it now. */
  readonly isResolved: boolean;
};

export type RepairReport = {
  /** Partitions and queues. */
  logs: number;
  readonly remadeFiles: { readonly where: string; readonly file: string; readonly detail: string }[];
  readonly removedLeftovers: string[];
  readonly cutTails: { readonly where: string; readonly detail: string }[];
  readonly problems: Problem[];
};

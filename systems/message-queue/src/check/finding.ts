// What a check finds, and how it tells how far it is.

export type Finding = {
  /** Damage: something that was acknowledged, or is needed to serve it, is not what was written. */
  readonly severity: 'damage' | 'notice';
  /** `topic events/0`, `queue jobs`, `group billing`, `metadata`. */
  readonly where: string;
  readonly detail: string;
};

export type CheckStep =
  | { readonly kind: 'finding'; readonly finding: Finding }
  | {
      readonly kind: 'progress';
      /** Logs, of topics' partitions and of queues. */
      readonly checkedLogs: number;
      readonly logs: number;
      readonly checkedBytes: number;
    }
  | {
      readonly kind: 'summary';
      readonly logs: number;
      readonly segments: number;
      readonly batches: number;
      readonly bytes: number;
      readonly damage: number;
      readonly notices: number;
    };

export function damage(where: string, detail: string): Finding {
  return { severity: 'damage', where, detail };
}

export function notice(where: string, detail: string): Finding {
  return { severity: 'notice', where, detail };
}

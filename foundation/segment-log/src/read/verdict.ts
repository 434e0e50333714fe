// Torn or rotten? The one decision that recovery may not get wrong: cutting damage loses what was acknowledged, keeping
// a torn tail serves what never was. Every record says up to where its segment was synced when it was written, and a
// segment is synced before its successor gets a name; so each bad place falls into one row of this table (DESIGN.md
// tells each row's story). Rows are tried from the top.

/** What is known of the bad bytes at `position`. */
export type Evidence = {
  readonly position: number;
  /** Synced for certain up to here: a later segment exists, or recovery itself has synced the segment. */
  readonly syncedTo: number;
  /** The disk cannot read the bytes, or some behind them that might say up to where they were synced. */
  readonly isUnreadable: boolean;
  /** Synced up to here, as a sound record behind the position says; 0 when none says so. */
  readonly claimedTo: number;
};

export const verdictCases = [
  {
    name: 'rot in a sealed segment',
    when: ({ position, syncedTo }) => position < syncedTo,
    verdict: 'damage',
  },
  {
    name: 'rot before a later sync',
    when: ({ position, claimedTo }) => position < claimedTo,
    verdict: 'damage',
  },
  {
    name: 'unreadable tail',
    when: ({ isUnreadable }) => isUnreadable,
    verdict: 'doubt',
  },
  {
    name: 'torn tail',
    when: () => true,
    verdict: 'torn',
  },
] as const satisfies readonly {
  name: string;
  when: (evidence: Evidence) => boolean;
  verdict: 'damage' | 'doubt' | 'torn';
}[];

export type VerdictCase = (typeof verdictCases)[number];

/** The first row of the table that fits. */
export function judge(evidence: Evidence): VerdictCase {
  return verdictCases.find((row) => row.when(evidence))!;
}

// How many retries all callers of one server may make together. Attempts that are limited one by one still multiply the
// load of a server that fails for all; a share of the successes bounds the whole (as gRPC's retry throttling does).
//
// The invariant: retries <= tokensMax + successes x tokensPerSuccess, over any span that starts with a full budget.

import assert from 'node:assert/strict';

export type RetryBudgetOptions = {
  /** Retries that are allowed in a row when nothing succeeds; it starts full. 20 when absent. */
  readonly tokensMax?: number;
  /** What each success gives back: 0.1 allows one retry per ten successes in the long run. */
  readonly tokensPerSuccess?: number;
};

export class RetryBudget {
  readonly #tokensMax: number;
  readonly #tokensPerSuccess: number;
  #tokens: number;

  constructor({ tokensMax = 20, tokensPerSuccess = 0.1 }: RetryBudgetOptions = {}) {
    assert(tokensMax >= 1, `a budget allows at least one retry, not ${tokensMax}`);
    assert(tokensPerSuccess >= 0, `a success cannot cost tokens, got ${tokensPerSuccess}`);
    this.#tokensMax = tokensMax;
    this.#tokensPerSuccess = tokensPerSuccess;
    this.#tokens = tokensMax;
  }

  /** Takes one token; false when there is none, and then the caller must not retry. */
  spend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  succeeded(): void {
    this.#tokens = Math.min(this.#tokensMax, this.#tokens + this.#tokensPerSuccess);
  }
}

export { Deadline } from './deadline.ts';
export { DeadlineExceeded } from './deadline-exceeded.ts';
export { type Attempt, type Retry, type RetryOptions, retry } from './retry.ts';
export { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
export { SpaceGuard, type SpaceGuardOptions } from './space-guard.ts';

// What the state machine answers to an event.

import type { KafkaErrorCode } from '../../errors.ts';
import type { TransactionState } from './transaction-state.ts';

export type Decided =
  | { readonly kind: 'refuse'; readonly code: KafkaErrorCode }
  /** Done already. */
  | { readonly kind: 'keep'; readonly state: TransactionState }
  /** To be durable before anybody hears of it. */
  | { readonly kind: 'become'; readonly state: TransactionState };

/** Or it has to be asked again with a fresh producer id. */
export type Decision = Decided | { readonly kind: 'needs producer id' };

export function refuse(code: KafkaErrorCode): Decided {
  return { kind: 'refuse', code };
}

export function keep(state: TransactionState): Decided {
  return { kind: 'keep', state };
}

export function become(state: TransactionState): Decided {
  return { kind: 'become', state };
}

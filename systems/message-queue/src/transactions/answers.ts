// Error codes as each version of an API has them: KIP-360 split PRODUCER_FENCED from INVALID_PRODUCER_EPOCH, KIP-890 made
// TRANSACTION_ABORTABLE of what was INVALID_TXN_STATE, and let clients try again where an open end is in the way.

import type { KafkaErrorCode } from '../errors.ts';

/** Of requests to the coordinator; `fencedFrom` is the version from which clients know PRODUCER_FENCED. */
export function coordinatorCode(
  code: KafkaErrorCode,
  { version, fencedFrom }: { version: number; fencedFrom: number },
): KafkaErrorCode {
  return code === 'PRODUCER_FENCED' && version < fencedFrom ? 'INVALID_PRODUCER_EPOCH' : code;
}

/** Of Produce: 11 knows TRANSACTION_ABORTABLE, 12 adds partitions by itself. */
export function produceCode(code: KafkaErrorCode, version: number): KafkaErrorCode {
  switch (code) {
    case 'PRODUCER_FENCED':
      return 'INVALID_PRODUCER_EPOCH';
    case 'TRANSACTION_ABORTABLE':
      return version < 11 ? 'INVALID_TXN_STATE' : code;
    case 'COORDINATOR_NOT_AVAILABLE':
      // One that producers try again without asking for metadata.
      return 'NOT_ENOUGH_REPLICAS';
    case 'CONCURRENT_TRANSACTIONS':
      return version < 12 ? 'NOT_ENOUGH_REPLICAS' : code;
    default:
      return code;
  }
}

/** Of TxnOffsetCommit: 4 knows TRANSACTION_ABORTABLE, 5 adds its group by itself. */
export function offsetCommitCode(code: KafkaErrorCode, version: number): KafkaErrorCode {
  switch (code) {
    case 'PRODUCER_FENCED':
      return 'INVALID_PRODUCER_EPOCH';
    case 'TRANSACTION_ABORTABLE':
      return version < 4 ? 'INVALID_TXN_STATE' : code;
    case 'CONCURRENT_TRANSACTIONS':
      return version < 5 ? 'COORDINATOR_NOT_AVAILABLE' : code;
    default:
      return code;
  }
}

/** Of AddPartitionsToTxn that only asks: 5 knows TRANSACTION_ABORTABLE. */
export function verifyCode(code: KafkaErrorCode, version: number): KafkaErrorCode {
  return code === 'TRANSACTION_ABORTABLE' && version < 5 ? 'INVALID_TXN_STATE' : code;
}

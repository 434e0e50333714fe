// What InitProducerId asks for, before anything of the transactional id is looked at.

import type { KafkaErrorCode } from '../errors.ts';
import type { InitProducerIdRequest } from '../kafka/messages/init-producer-id-request.ts';
import { transactionalIdCharactersMax, transactionTimeoutMaxMs } from '../limits.ts';
import { noProducerEpoch, noProducerId } from './machine/transaction-state.ts';
import type { ProducerName } from './machine/transitions.ts';

/** In Kafka's order. */
export function initializationRefusal(request: InitProducerIdRequest): KafkaErrorCode | undefined {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  if ((producerId === noProducerId) !== (producerEpoch === noProducerEpoch)) return 'INVALID_REQUEST';
  if (transactionalId === null) return undefined;
  const isNamed = transactionalId !== '' && transactionalId.length <= transactionalIdCharactersMax;
  // The store takes no zeros.
  if (!isNamed || transactionalId.includes('\0')) return 'INVALID_REQUEST';
  // Two-phase commit (KIP-939) is off, as it is in Kafka unless it is configured.
  if (request.enable2Pc) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  if (request.keepPreparedTxn) return 'UNSUPPORTED_VERSION';
  const isTimeout = transactionTimeoutMs > 0 && transactionTimeoutMs <= transactionTimeoutMaxMs;
  return isTimeout ? undefined : 'INVALID_TRANSACTION_TIMEOUT';
}

/**
 * What the producer says that it was. The id 0 is nobody's: @platformatic/kafka names it, with epoch 0, when it was
 * nothing, and would be fenced from every transactional id that was used before.
 */
export function expectedOf({ producerId, producerEpoch }: InitProducerIdRequest): ProducerName | undefined {
  return producerId <= 0 ? undefined : { producerId, producerEpoch };
}

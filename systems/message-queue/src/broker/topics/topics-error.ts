// A change of topics that was refused, with the code that Kafka has for it.

import type { KafkaErrorCode } from '../../errors.ts';

export class TopicsError extends Error {
  readonly code: KafkaErrorCode;

  constructor(code: KafkaErrorCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'TopicsError';
    this.code = code;
  }
}

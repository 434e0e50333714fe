// Every constant of message-queue, with its unit, and how they depend on each other.

/** Of a record batch before its records: Kafka's message format 2. */
export const batchHeaderBytes = 61;

// What a failure of the client, or of the cluster, is in the log port's terms.

import { LogError, type LogErrorCode } from '../log-error.ts';

const byProtocol: Readonly<Record<string, LogErrorCode>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'unknown-topic',
  UNKNOWN_TOPIC_ID: 'unknown-topic',
  INVALID_TOPIC_EXCEPTION: 'invalid-topic',
  MESSAGE_TOO_LARGE: 'too-large',
  RECORD_LIST_TOO_LARGE: 'too-large',
  INVALID_RECORD: 'invalid-record',
  INVALID_TIMESTAMP: 'invalid-record',
  INVALID_GROUP_ID: 'invalid-group',
  INCONSISTENT_GROUP_PROTOCOL: 'incompatible-group',
  TOPIC_AUTHORIZATION_FAILED: 'denied',
  GROUP_AUTHORIZATION_FAILED: 'denied',
  CLUSTER_AUTHORIZATION_FAILED: 'denied',
  SASL_AUTHENTICATION_FAILED: 'denied',
  UNSUPPORTED_SASL_MECHANISM: 'denied',
  ILLEGAL_SASL_STATE: 'denied',
  KAFKA_STORAGE_ERROR: 'full',
};
const byClient: Readonly<Record<string, LogErrorCode>> = {
  PLT_KFK_AUTHENTICATION: 'denied',
  PLT_KFK_NETWORK: 'unavailable',
  PLT_KFK_TIMEOUT: 'unavailable',
};

/** The first cause that has a name here; what passes by itself, as far as the client knows, is `unavailable`. */
export function kafkaError(error: unknown, attempted: string): LogError {
  if (error instanceof LogError) return error;
  const causes = [...causesOf(error)];
  const named = causes.map(({ apiId }) => byProtocol[String(apiId)]).find((code) => code !== undefined);
  const known = named ?? causes.map(({ code }) => byClient[String(code)]).find((code) => code !== undefined);
  const passes = causes.some(({ canRetry }) => canRetry === true);
  const detail = [...new Set(causes.map(({ message }) => message))].join(': ');
  return new LogError(known ?? (passes ? 'unavailable' : 'failed'), { attempted, detail, cause: error });
}

/** What was to be fetched is not there: retention took it, or it never was. */
export function isOutOfRange(error: unknown): boolean {
  return causesOf(error).some(({ apiId }) => apiId === 'OFFSET_OUT_OF_RANGE');
}

type Cause = { readonly message: string; apiId?: unknown; code?: unknown; canRetry?: unknown };

function* causesOf(error: unknown): Generator<Cause> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const each of error.errors) yield* causesOf(each);
  if (error.cause !== undefined) yield* causesOf(error.cause);
}

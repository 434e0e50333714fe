// Every error of the SQS API: its name, which the JSON protocol has unless it says otherwise, its code in the query protocol
// (of which clients of the JSON protocol are told too), and its status.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

const query = 'AWS.SimpleQueueService';

export const queueErrors = {
  AccessDeniedException: { query: 'AccessDenied', status: 403 },
  BatchEntryIdsNotDistinct: { query: `${query}.BatchEntryIdsNotDistinct`, status: 400 },
  BatchRequestTooLong: { query: `${query}.BatchRequestTooLong`, status: 400 },
  EmptyBatchRequest: { query: `${query}.EmptyBatchRequest`, status: 400 },
  IncompleteSignature: { query: 'IncompleteSignature', status: 400 },
  InternalError: { query: 'InternalError', status: 500 },
  InvalidAction: { query: 'InvalidAction', status: 400 },
  InvalidAddress: { query: 'InvalidAddress', status: 404 },
  InvalidAttributeName: { query: 'InvalidAttributeName', status: 400 },
  InvalidAttributeValue: { query: 'InvalidAttributeValue', status: 400 },
  InvalidBatchEntryId: { query: `${query}.InvalidBatchEntryId`, status: 400 },
  InvalidClientTokenId: { query: 'InvalidClientTokenId', status: 403 },
  InvalidMessageContents: { query: 'InvalidMessageContents', status: 400 },
  InvalidParameterValue: {
    query: 'InvalidParameterValue',
    json: 'com.amazon.coral.service#InvalidParameterValueException',
    status: 400,
  },
  MessageNotInflight: { query: `${query}.MessageNotInflight`, status: 400 },
  MissingAuthenticationToken: { query: 'MissingAuthenticationToken', status: 403 },
  MissingParameter: {
    query: 'MissingParameter',
    json: 'com.amazon.coral.service#MissingRequiredParameterException',
    status: 400,
  },
  OverLimit: { query: 'OverLimit', status: 403 },
  QueueDoesNotExist: { query: `${query}.NonExistentQueue`, status: 400 },
  QueueNameExists: { query: 'QueueAlreadyExists', status: 400 },
  ReceiptHandleIsInvalid: { query: 'ReceiptHandleIsInvalid', status: 404 },
  RequestEntityTooLarge: { query: 'RequestEntityTooLarge', status: 413 },
  ResourceNotFoundException: { query: 'ResourceNotFoundException', status: 404 },
  SerializationException: { query: 'MalformedInput', status: 400 },
  ServiceUnavailable: { query: 'ServiceUnavailable', status: 503 },
  SignatureDoesNotMatch: { query: 'SignatureDoesNotMatch', status: 403 },
  TooManyEntriesInBatchRequest: { query: `${query}.TooManyEntriesInBatchRequest`, status: 400 },
  UnsupportedOperation: { query: `${query}.UnsupportedOperation`, status: 400 },
} as const satisfies Record<string, { query: string; json?: string; status: number }>;

export type QueueErrorCode = keyof typeof queueErrors;

/** Below 500 the caller has to change something; else trying again helps. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueError';
    this.code = code;
  }
}

// The errors of identity: one table. Names are those of AWS's IAM where it has one, statuses too.

export const identityErrors = {
  ValidationError: { status: 400, retryable: false, message: 'a value is not of the form that is asked for' },
  MalformedPolicyDocument: { status: 400, retryable: false, message: 'the policy document is malformed' },
  UnmodifiableEntity: { status: 400, retryable: false, message: 'what comes with Cairn cannot be changed' },
  InvalidIdentityToken: {
    status: 400,
    retryable: false,
    message: 'the web identity token is worth nothing here',
  },
  ExpiredTokenException: {
    status: 400,
    retryable: false,
    message: 'the time of the web identity token is over',
  },
  PackedPolicyTooLarge: { status: 400, retryable: false, message: 'the session would be too large' },
  IDPCommunicationError: {
    status: 503,
    retryable: true,
    message: 'the identity provider could not be asked',
  },
  AccessDenied: { status: 403, retryable: false, message: 'no policy allows it, or one denies it' },
  NoSuchEntity: { status: 404, retryable: false, message: 'there is no such entity' },
  EntityAlreadyExists: { status: 409, retryable: false, message: 'there is one of that name already' },
  DeleteConflict: { status: 409, retryable: false, message: 'something still depends on the entity' },
  LimitExceeded: { status: 409, retryable: false, message: 'a quota would be exceeded' },
  UnreadableSecret: { status: 500, retryable: false, message: 'a stored secret cannot be decrypted' },
  UnusableKeyFile: { status: 500, retryable: false, message: 'the key file of the secrets cannot be used' },
  UnusableRootCredentials: { status: 500, retryable: false, message: 'the root credentials cannot be used' },
  ServiceFailure: { status: 500, retryable: false, message: 'the store of identity failed' },
  ServiceUnavailable: { status: 503, retryable: true, message: 'the store of identity cannot be reached' },
  InsufficientStorage: {
    status: 507,
    retryable: true,
    message: 'no space is left for the store of identity',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; message: string }>;

export type IdentityErrorCode = keyof typeof identityErrors;

export class IdentityError extends Error {
  readonly code: IdentityErrorCode;
  readonly status: number;
  readonly retryable: boolean;

  /** `message` says what was attempted, with the value, and what is wanted; the table's is the fallback. */
  constructor(code: IdentityErrorCode, message?: string, options?: { cause?: unknown }) {
    super(message ?? identityErrors[code].message, options);
    this.name = 'IdentityError';
    this.code = code;
    this.status = identityErrors[code].status;
    this.retryable = identityErrors[code].retryable;
  }
}

// The errors of the management API: one table of codes and statuses, rendered as `{ "error": { code, message } }`.

export const apiErrorStatuses = {
  'invalid-request': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'already-exists': 409,
  conflict: 409,
  'too-large': 413,
  'in-use': 423,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
  'no-space': 507,
} as const satisfies Record<string, number>;

export type ApiErrorCode = keyof typeof apiErrorStatuses;

export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;

  constructor(code: ApiErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ApiError';
    this.code = code;
    this.status = apiErrorStatuses[code];
  }
}

// What who sent no HTTP is told: an error of S3 like any other.

import type { HttpProblem, HttpProblemKind, ProblemAnswer } from '@cairn/service';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { errorDocument } from '../xml/error-document.ts';

const codes = {
  malformed: 'BadRequest',
  'head-too-large': 'RequestHeaderSectionTooLarge',
  'coding-unsupported': 'NotImplemented',
  timeout: 'RequestTimeout',
  incomplete: 'BadRequest',
} as const satisfies Readonly<Record<HttpProblemKind, ObjectStorageErrorCode>>;

export function codeOfProblem({ kind }: HttpProblem): ObjectStorageErrorCode {
  return codes[kind];
}

export function problemAnswer(
  problem: HttpProblem,
  occasion: { readonly requestId: string; readonly hostId: string },
): ProblemAnswer {
  const failure = new ObjectStorageError(codeOfProblem(problem));
  return {
    status: failure.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': occasion.requestId },
    body: errorDocument(failure, { resource: '', ...occasion }),
  };
}

// What came of a request, as tests state it: `done`, or the code that it was refused with.

import assert from 'node:assert/strict';
import { S3ServiceException } from '@aws-sdk/client-s3';

export async function outcome(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'done';
  } catch (error) {
    assert(error instanceof S3ServiceException, String(error));
    return error.name;
  }
}

/** Of a request without credentials: its status, and its code when it has one. */
export async function anonymous(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, init);
  const [, code] = /<Code>(\w+)<\/Code>/.exec(await response.text()) ?? [];
  return code === undefined ? String(response.status) : `${response.status} ${code}`;
}

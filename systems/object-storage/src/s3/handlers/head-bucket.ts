// HeadBucket: is it there, and where.

import type { Handler } from './handler.ts';

export const headBucket: Handler = async ({ bucket }, { storage, region }) => {
  await storage.headBucket({ bucket });
  return { status: 200, headers: { 'x-amz-bucket-region': region } };
};

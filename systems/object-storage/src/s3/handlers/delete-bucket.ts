// DeleteBucket.

import { type Handler, noContent } from './handler.ts';

export const deleteBucket: Handler = async ({ bucket }, { storage }) => {
  await storage.deleteBucket({ bucket });
  return noContent;
};

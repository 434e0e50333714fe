// GetPublicAccessBlock, PutPublicAccessBlock, DeletePublicAccessBlock.

import { ObjectStorageError } from '../../errors.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { smallXmlBytesMax } from '../limits.ts';
import { parsePublicAccessBlock, publicAccessBlockConfiguration } from '../xml/public-access-block.ts';
import { done, type Handler, noContent, xmlResponse } from './handler.ts';

const document = 'public-access-block';

export const getPublicAccessBlock: Handler = async ({ bucket }, { storage }) => {
  const block = documentOf(await storage.bucketConfiguration({ bucket }), document);
  if (block === undefined) throw new ObjectStorageError('NoSuchPublicAccessBlockConfiguration', { bucket });
  return xmlResponse(publicAccessBlockConfiguration(block));
};

export const putPublicAccessBlock: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: smallXmlBytesMax });
  await storage.configureBucket({ bucket, documents: documentText(document, parsePublicAccessBlock(bytes)) });
  return done;
};

export const deletePublicAccessBlock: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText(document, undefined) });
  return noContent;
};

// PROPFIND of anything, GET of a directory: both list members as they come, so that a directory of any size takes no memory.

import type { ServerResponse } from 'node:http';
import type { Collection, Resource } from '../tree/resource.ts';
import { listingHead, listingPolicy, listingRow, listingTail } from './html-listing.ts';
import { multistatusHead, multistatusTail, PropertyAnswer } from './multistatus.ts';
import type { PropertyRequest } from './propfind-request.ts';
import { encodeSegment, pathOf } from './request-path.ts';
import { ResponseWriter } from './response-writer.ts';

export type Target = { readonly segments: readonly Uint8Array[]; readonly resource: Resource };

export async function answerPropfind(
  response: ServerResponse,
  { segments, resource }: Target,
  { properties, depth }: { readonly properties: PropertyRequest; readonly depth: 0 | 1 },
): Promise<void> {
  const answer = new PropertyAnswer(properties);
  const writer = new ResponseWriter(response);
  const isCollection = resource.kind === 'collection';
  const members = isCollection && depth === 1 ? await resource.members() : [];
  const own = pathOf(segments, isCollection);
  response.writeHead(207, { 'content-type': 'application/xml; charset=utf-8' });
  await writer.writeText(multistatusHead);
  await writer.writeText(answer.response(own, { name: segments.at(-1) ?? new Uint8Array(), resource }));
  for await (const member of members) {
    const href = `${own}${encodeSegment(member.name)}${member.resource.kind === 'collection' ? '/' : ''}`;
    const full = writer.writeText(answer.response(href, member));
    if (full !== undefined) await full;
  }
  await writer.writeText(multistatusTail);
  await writer.end();
}

export async function answerListing(
  response: ServerResponse,
  segments: readonly Uint8Array[],
  collection: Collection,
): Promise<void> {
  const writer = new ResponseWriter(response);
  const members = await collection.members();
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': listingPolicy,
  });
  if (response.req.method === 'HEAD') return void response.end();
  await writer.writeText(listingHead(segments));
  for await (const member of members) {
    const full = writer.writeText(listingRow(member));
    if (full !== undefined) await full;
  }
  await writer.writeText(listingTail);
  await writer.end();
}

// The properties that resources have (RFC 4918, 15), as XML. No locks, so `supportedlock` and `lockdiscovery` are empty; no
// `creationdate`, which backups do not know.

import type { Resource } from '../tree/resource.ts';
import { contentType } from './content-type.ts';
import { davNamespace, type PropertyName } from './propfind-request.ts';
import { httpDate, validatorsOf } from './validators.ts';
import { xmlText } from './xml-text.ts';

export type Described = { readonly name: Uint8Array; readonly resource: Resource };

/** The XML inside of the property's element; undefined when the resource does not have it. */
type Describe = (described: Described) => string | undefined;

/** Of mod_dav; davfs2 makes the mode of a file of it. */
export const apacheNamespace = 'http://apache.org/dav/props/';

const executableBits = 0o111;

/** In namespace `DAV:`. */
export const davProperties: ReadonlyMap<string, Describe> = new Map<string, Describe>([
  ['resourcetype', ({ resource }) => (resource.kind === 'collection' ? '<D:collection/>' : '')],
  ['displayname', ({ name }) => xmlText(Buffer.from(name).toString())],
  ['getlastmodified', ({ resource }) => httpDate(modifiedOf(resource))],
  [
    'getcontentlength',
    ({ resource }) => (resource.kind === 'file' ? `${resource.content.sizeBytes}` : undefined),
  ],
  ['getcontenttype', ({ name, resource }) => (resource.kind === 'file' ? contentType(name) : undefined)],
  ['getetag', ({ resource }) => (resource.kind === 'file' ? xmlText(etagOf(resource)) : undefined)],
  ['supportedlock', () => ''],
  ['lockdiscovery', () => ''],
]);

export function describe(property: PropertyName, described: Described): string | undefined {
  if (property.namespace === davNamespace) return davProperties.get(property.local)?.(described);
  if (property.namespace === apacheNamespace && property.local === 'executable') return executable(described);
  return undefined;
}

function executable({ resource }: Described): string | undefined {
  if (resource.kind !== 'file') return undefined;
  return (resource.entry.mode & executableBits) === 0 ? 'F' : 'T';
}

function modifiedOf(resource: Resource) {
  return resource.kind === 'file' ? resource.entry.mtime : resource.modified;
}

function etagOf({ entry, content }: Extract<Resource, { kind: 'file' }>): string {
  return validatorsOf({ mtime: entry.mtime, content }).etag;
}

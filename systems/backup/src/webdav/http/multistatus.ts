// The answers of a PROPFIND (RFC 4918, 13 and 14.16): one element for each resource, with what was found and what was not.

import { apacheNamespace, type Described, davProperties, describe } from './live-properties.ts';
import { davNamespace, type PropertyName, type PropertyRequest } from './propfind-request.ts';
import { xmlText } from './xml-text.ts';

export const multistatusHead = `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="${davNamespace}" xmlns:A="${apacheNamespace}">`;
export const multistatusTail = '</D:multistatus>\n';

/** Writes the element of each resource. */
export class PropertyAnswer {
  readonly #properties: readonly {
    readonly property: PropertyName;
    readonly open: string;
    readonly close: string;
    readonly empty: string;
  }[];
  readonly #request: PropertyRequest;

  constructor(request: PropertyRequest) {
    this.#request = request;
    this.#properties = propertiesOf(request).map((property) => ({ property, ...elementOf(property) }));
  }

  /** `href` is percent-encoded, so it has nothing to escape. */
  response(href: string, described: Described): string {
    let found = '';
    let missing = '';
    for (const { property, open, close, empty } of this.#properties) {
      const value = describe(property, described);
      if (value === undefined) missing += empty;
      else if (value === '' || this.#request.kind === 'names') found += empty;
      else found += open + value + close;
    }
    const asked = this.#request.kind === 'named';
    const lacking = asked && missing !== '' ? propstat(missing, '404 Not Found') : '';
    const had = found !== '' || lacking === '' ? propstat(found, '200 OK') : '';
    return `<D:response><D:href>${href}</D:href>${had}${lacking}</D:response>`;
  }
}

function propstat(properties: string, status: string): string {
  return `<D:propstat><D:prop>${properties}</D:prop><D:status>HTTP/1.1 ${status}</D:status></D:propstat>`;
}

function propertiesOf(request: PropertyRequest): readonly PropertyName[] {
  if (request.kind === 'named') return distinct(request.names);
  const all = Array.from(davProperties.keys(), (local) => ({ namespace: davNamespace, local }));
  const executable = { namespace: apacheNamespace, local: 'executable' };
  return distinct([...all, executable, ...(request.kind === 'all' ? request.include : [])]);
}

function distinct(names: readonly PropertyName[]): readonly PropertyName[] {
  return [...new Map(names.map((name) => [`${name.namespace} ${name.local}`, name])).values()];
}

function elementOf({ namespace, local }: PropertyName): { open: string; close: string; empty: string } {
  const [tag, declared] = tagOf(namespace, local);
  return { open: `<${tag}${declared}>`, close: `</${tag}>`, empty: `<${tag}${declared}/>` };
}

function tagOf(namespace: string, local: string): readonly [tag: string, declared: string] {
  if (namespace === davNamespace) return [`D:${local}`, ''];
  if (namespace === apacheNamespace) return [`A:${local}`, ''];
  if (namespace === '') return [local, ''];
  return [`x:${local}`, ` xmlns:x="${xmlText(namespace)}"`];
}

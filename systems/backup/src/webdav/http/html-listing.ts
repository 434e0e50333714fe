// A directory for people with a browser: names that are links, sizes, times.

import { joinPath } from '../../manifest/join-path.ts';
import { pathText } from '../../manifest/path-text.ts';
import type { Member } from '../tree/resource.ts';
import { encodeSegment } from './request-path.ts';
import { httpDate } from './validators.ts';
import { xmlText } from './xml-text.ts';

const style =
  'body{font:14px system-ui,sans-serif;margin:2em}td,th{padding:.2em 1.5em .2em 0;text-align:left}td.n{text-align:right;font-variant-numeric:tabular-nums}';

/** No script runs, nothing is fetched, nobody frames it. */
export const listingPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function listingHead(segments: readonly Uint8Array[]): string {
  const title = xmlText(pathText(segments.reduce(joinPath, new Uint8Array())) || '/');
  const up = segments.length === 0 ? '' : '<tr><td><a href="../">../</a></td><td></td><td></td></tr>\n';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${style}</style></head>
<body><h1>${title}</h1>
<table><thead><tr><th>name</th><th>bytes</th><th>modified</th></tr></thead><tbody>
${up}`;
}

export function listingRow({ name, resource }: Member): string {
  const suffix = resource.kind === 'collection' ? '/' : '';
  // `./`, or a name with a colon would be read as a scheme.
  const link = `<a href="./${encodeSegment(name)}${suffix}">${xmlText(pathText(name))}${suffix}</a>`;
  const bytes = resource.kind === 'file' ? `${resource.content.sizeBytes}` : '';
  const modified = httpDate(resource.kind === 'file' ? resource.entry.mtime : resource.modified);
  return `<tr><td>${link}</td><td class="n">${bytes}</td><td>${modified}</td></tr>\n`;
}

export const listingTail = '</tbody></table></body></html>\n';

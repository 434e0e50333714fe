// What a bucket of the source holds, key after key, each with its versions, the newest first.

import { CursorWatch } from '../../core/cursor-watch.ts';
import { parseXml, type XmlNode } from '../../s3/xml/xml-reader.ts';
import type { SourceVersion } from '../pass/version-plan.ts';
import type { Source } from './open-source.ts';
import type { Patience } from './patient.ts';
import { patiently } from './patient.ts';
import { rawAnswer } from './raw-answer.ts';
import { SourceMismatch } from './source-error.ts';

export type SourceKey = { readonly key: string; readonly versions: readonly SourceVersion[] };
export type SourceRange = {
  readonly bucket: string;
  readonly prefix: string;
  /** Keys after this one. */
  readonly after: string;
  /** Whether it has versions, or a plain listing says all. */
  readonly versioned: boolean;
};

const unfinished = 'a listing says that it goes on, and not where';
const circle = 'a listing says that it goes on where it was before';

type Listed = SourceVersion & { readonly key: string };
type Page = { readonly listed: readonly Listed[]; readonly next: Cursor | undefined };
type Cursor = {
  readonly keyMarker?: string | undefined;
  readonly versionIdMarker?: string | undefined;
  readonly token?: string | undefined;
};

/** A key with more versions than that comes in pieces, so that memory stays bounded. */
export const versionsOfKeyMax = 10_000;

export async function* listSource(
  source: Source,
  range: SourceRange,
  patience: Patience,
): AsyncIterable<SourceKey> {
  let cursor: Cursor = range.versioned && range.after !== '' ? { keyMarker: range.after } : {};
  let key: string | undefined;
  let versions: SourceVersion[] = [];
  const watch = new CursorWatch();
  for (;;) {
    const from = cursor;
    const page = await patiently(patience, () =>
      range.versioned ? versionsPage(source, range, from) : objectsPage(source, range, from),
    );
    for (const { key: listedKey, ...version } of page.listed) {
      if (key !== undefined && (key !== listedKey || versions.length === versionsOfKeyMax)) {
        yield { key, versions };
        versions = [];
      }
      key = listedKey;
      versions.push(version);
    }
    if (page.next === undefined) break;
    if (watch.comesAgain(page.next)) throw new SourceMismatch(circle);
    cursor = page.next;
  }
  if (key !== undefined) yield { key, versions };
}

/** Read from the answer itself: the SDK gives versions and delete markers apart, and their order among each other is lost. */
async function versionsPage(source: Source, { bucket, prefix }: SourceRange, cursor: Cursor): Promise<Page> {
  const command = new source.sdk.ListObjectVersionsCommand({
    ...{ Bucket: bucket, Prefix: prefix, EncodingType: 'url' },
    ...{ KeyMarker: cursor.keyMarker, VersionIdMarker: cursor.versionIdMarker },
  });
  const page = parseXml(await rawAnswer(source, command));
  // Whatever it is, it must not pass for a bucket that is empty: what is here would be deleted.
  if (page.name !== 'ListVersionsResult')
    throw new SourceMismatch(`${page.name} came where versions are listed`);
  const encoded = textIn(page, 'EncodingType') === 'url';
  const name = (text: string) => (encoded ? decodedName(text) : text);
  const listed: Listed[] = [];
  for (const node of page.children) {
    const deleteMarker = node.name === 'DeleteMarker';
    if (!deleteMarker && node.name !== 'Version') continue;
    listed.push(
      listedOf({
        ...{ key: name(textIn(node, 'Key') ?? ''), versionId: textIn(node, 'VersionId'), deleteMarker },
        modifiedMs: Date.parse(textIn(node, 'LastModified') ?? ''),
        ...{ etag: textIn(node, 'ETag'), sizeBytes: Number(textIn(node, 'Size') ?? 0) },
      }),
    );
  }
  const keyMarker = textIn(page, 'NextKeyMarker');
  const more = textIn(page, 'IsTruncated')?.trim() === 'true';
  if (more && keyMarker === undefined) throw new SourceMismatch(unfinished);
  const versionIdMarker = textIn(page, 'NextVersionIdMarker');
  return { listed, next: more ? { keyMarker: name(keyMarker!), versionIdMarker } : undefined };
}

function textIn(node: XmlNode, name: string): string | undefined {
  return node.children.find((child) => child.name === name)?.text;
}

async function objectsPage(
  source: Source,
  { bucket, prefix, after }: SourceRange,
  cursor: Cursor,
): Promise<Page> {
  const page = await source.client.send(
    new source.sdk.ListObjectsV2Command({
      ...{ Bucket: bucket, Prefix: prefix, EncodingType: 'url' },
      ...(cursor.token === undefined
        ? { StartAfter: after === '' ? undefined : after }
        : { ContinuationToken: cursor.token }),
    }),
  );
  if (page.Name === undefined && page.IsTruncated === undefined)
    throw new SourceMismatch('what came where objects are listed is no listing');
  if (page.IsTruncated && page.NextContinuationToken === undefined) throw new SourceMismatch(unfinished);
  const name = page.EncodingType === 'url' ? decodedName : (text: string) => text;
  return {
    listed: (page.Contents ?? []).map(({ Key = '', LastModified, ETag, Size = 0 }) =>
      listedOf({
        ...{ key: name(Key), versionId: undefined, deleteMarker: false },
        ...{ modifiedMs: LastModified?.getTime() ?? 0, etag: ETag, sizeBytes: Size },
      }),
    ),
    next: page.IsTruncated ? { token: page.NextContinuationToken } : undefined,
  };
}

function listedOf(entry: {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly modifiedMs: number;
  readonly etag: string | undefined;
  readonly sizeBytes: number;
  readonly deleteMarker: boolean;
}): Listed {
  const { key, versionId, modifiedMs, etag = '', sizeBytes, deleteMarker } = entry;
  return {
    ...{ key, versionId: versionId ?? 'null', deleteMarker },
    modifiedMs: Number.isFinite(modifiedMs) ? Math.max(0, Math.floor(modifiedMs)) : 0,
    ...(deleteMarker ? { etag: '', sizeBytes: 0 } : { etag: etag.replaceAll('"', '').trim(), sizeBytes }),
  };
}

/** As forms are encoded, which is what servers do: a blank may be `+`. */
function decodedName(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

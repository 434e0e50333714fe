// Takes the settings of a bucket. Each call is optional: what the source does not have, or does not show, is told and done
// without. What is set here already stays.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import { parseXml } from '../../s3/xml/xml-reader.ts';
import type { Source } from '../source/open-source.ts';
import { type Patience, patiently } from '../source/patient.ts';
import { codeOf, isRefused, reasonOf, statusOf } from '../source/source-error.ts';
import { lifecycle, others, type Setting, type SettingsPlace, settings } from './bucket-settings.ts';

/** Gives what was not taken. Lifecycle rules come with `takeLifecycle`: they would delete what is still under way. */
export async function takeSettings(
  parts: { readonly source: Source; readonly storage: ObjectStorage; readonly patience: Patience },
  place: SettingsPlace,
): Promise<readonly string[]> {
  const notices: string[] = [];
  for (const setting of settings) notices.push(...(await take(parts, place, setting)));
  for (const { title, root, ask, has } of others) {
    const bytes = await answer(parts, root, () => ask(parts.source, { Bucket: place.bucket }));
    if (typeof bytes !== 'string' && bytes !== undefined && has(bytes))
      notices.push(`bucket ${place.bucket}: not taken is its ${title}: what that names is not here`);
  }
  return notices;
}

export function takeLifecycle(
  parts: Parameters<typeof takeSettings>[0],
  place: SettingsPlace,
): Promise<readonly string[]> {
  return take(parts, place, lifecycle);
}

async function take(
  parts: Parameters<typeof takeSettings>[0],
  place: SettingsPlace,
  { title, name, root, ask, documents }: Setting,
): Promise<readonly string[]> {
  const { bucket, as } = place;
  const configured = await parts.storage.bucketConfiguration({ bucket: as });
  if (configured.documents[name] !== undefined) return [];
  const bytes = await answer(parts, root, () => ask(parts.source, { Bucket: bucket }));
  if (bytes === undefined) return [];
  if (typeof bytes === 'string') return [`bucket ${bucket}: the source did not show its ${title}: ${bytes}`];
  try {
    const taken = documents(bytes, { ...place, placed: parts.storage.placedClasses });
    await parts.storage.configureBucket({ bucket: as, documents: taken });
    return [];
  } catch (error) {
    if (!(error instanceof ObjectStorageError)) throw error;
    return [`bucket ${bucket}: not taken is its ${title}: ${error.code}: ${error.message}`];
  }
}

/** Undefined when nothing is set, a reason when the source does not say. */
async function answer(
  { patience }: { readonly patience: Patience },
  root: string | undefined,
  ask: () => Promise<Buffer>,
): Promise<Buffer | string | undefined> {
  try {
    const bytes = await patiently(patience, ask);
    return rootOf(bytes) === root ? bytes : 'it answers with something else';
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    // radosgw and others have codes of their own for what is not set.
    if (/^NoSuch|NotFound/.test(codeOf(error))) return undefined;
    if (isRefused(error)) return reasonOf(error);
    throw error;
  }
}

/** Undefined for what is no XML. */
function rootOf(bytes: Buffer): string | undefined {
  if (bytes[0] !== '<'.charCodeAt(0)) return undefined;
  return parseXml(bytes).name;
}

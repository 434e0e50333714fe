// One version of the source on its way in: what is kept beside its bytes, and the bytes, compared with what was announced
// before their last piece is given on.

import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { type BodyDigests, type ObjectBody, objectBody } from '../../core/object-body.ts';
import type {
  ObjectAttributes,
  ObjectLock,
  ObjectTag,
  StorageClass,
  StoredChecksum,
} from '../../core/object-storage.ts';
import { storageClassOf } from '../../s3/headers/storage-class.ts';
import { SourceMismatch } from './source-error.ts';

type Answer = GetObjectCommandOutput | HeadObjectCommandOutput;

/** Without tags, which need a call of their own. `placed`: storage classes that have a place here. */
export function attributesOf(answer: Answer, placed: readonly StorageClass[]): ObjectAttributes {
  const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString } =
    answer;
  const headers = {
    ...{
      'content-type': ContentType,
      'cache-control': CacheControl,
      'content-disposition': ContentDisposition,
    },
    ...{ 'content-encoding': ContentEncoding, 'content-language': ContentLanguage, expires: ExpiresString },
  };
  return {
    headers: definedOf(headers),
    userMetadata: answer.Metadata ?? {},
    lock: lockOf(answer),
    storageClass: knownClass(answer.StorageClass, placed),
  };
}

function definedOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function lockOf({
  ObjectLockMode,
  ObjectLockRetainUntilDate,
  ObjectLockLegalHoldStatus,
}: Answer): ObjectLock | undefined {
  const mode = ObjectLockMode;
  const until = ObjectLockRetainUntilDate?.getTime();
  const retention =
    (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') && until !== undefined
      ? { mode, untilMs: until }
      : undefined;
  const legalHold = ObjectLockLegalHoldStatus && ObjectLockLegalHoldStatus === 'ON';
  if (retention === undefined && legalHold === undefined) return undefined;
  return { ...(retention && { retention }), ...(legalHold !== undefined && { legalHold }) };
}

/** Of classes that we do not have it becomes STANDARD. */
function knownClass(name: string | undefined, placed: readonly StorageClass[]): StorageClass | undefined {
  try {
    return name === undefined ? undefined : storageClassOf({ 'x-amz-storage-class': name }, placed);
  } catch {
    return undefined;
  }
}

export function tagsOf(
  tagSet: readonly { Key?: string | undefined; Value?: string | undefined }[],
): readonly ObjectTag[] {
  const tags = tagSet.map(({ Key = '', Value = '' }) => ({ key: Key, value: Value }));
  return tags.sort((left, right) => (left.key < right.key ? -1 : 1));
}

const checksumFields = {
  ...{ crc64nvme: 'ChecksumCRC64NVME', crc32c: 'ChecksumCRC32C', crc32: 'ChecksumCRC32' },
  ...{ sha256: 'ChecksumSHA256', sha1: 'ChecksumSHA1', sha512: 'ChecksumSHA512', md5: 'ChecksumMD5' },
  ...{ xxhash64: 'ChecksumXXHASH64', xxhash3: 'ChecksumXXHASH3', xxhash128: 'ChecksumXXHASH128' },
} as const satisfies Record<StoredChecksum['algorithm'], keyof GetObjectCommandOutput>;

/** What the source keeps of the whole object. Servers from before there were types mean a whole one without `-N`. */
export function checksumIn(answer: Answer): StoredChecksum | undefined {
  for (const algorithm of Object.keys(checksumFields) as (keyof typeof checksumFields)[]) {
    const value = answer[checksumFields[algorithm]];
    if (value === undefined) continue;
    const composite = answer.ChecksumType === 'COMPOSITE' || /-\d+$/.test(value);
    return { algorithm, value, type: composite ? 'COMPOSITE' : 'FULL_OBJECT' };
  }
  return undefined;
}

export type Announced = {
  readonly sizeBytes: number;
  /** Hexadecimal; undefined where the entity tag is none. */
  readonly md5: string | undefined;
  readonly checksum: StoredChecksum | undefined;
};

/** Throws SourceMismatch behind its last chunk, so that nothing of it is stored. */
export function announcedBody(
  chunks: AsyncIterable<Uint8Array>,
  { sizeBytes, md5, checksum }: Announced,
): ObjectBody {
  const options = { sizeBytes, ...(checksum && { checksum: checksum.algorithm }) };
  let receivedBytes = 0;
  async function* counted() {
    for await (const chunk of chunks) {
      receivedBytes += chunk.byteLength;
      if (receivedBytes > sizeBytes)
        throw new SourceMismatch(`more than the ${sizeBytes} bytes announced came`);
      yield chunk;
    }
  }
  const body = objectBody(counted(), options);
  let digests: BodyDigests | undefined;
  async function* compared() {
    yield* body.chunks;
    if (receivedBytes !== sizeBytes)
      throw new SourceMismatch(`${receivedBytes} bytes came, ${sizeBytes} were announced`);
    digests = body.digests();
    const found = digests.md5;
    if (md5 !== undefined && md5 !== found)
      throw new SourceMismatch(`its entity tag is ${md5}, the MD5 of what came ${found}`);
    if (checksum?.type !== 'FULL_OBJECT' || digests.checksum?.value === checksum.value) return;
    const { algorithm, value } = checksum;
    throw new SourceMismatch(`its ${algorithm} is ${value}, that of what came ${digests.checksum?.value}`);
  }
  return { sizeBytes, chunks: compared(), digests: () => digests ?? body.digests() };
}

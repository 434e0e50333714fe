// `@cairn/hashing/late-digests`: MD5 of many short contents, for who has many at a time.

export { type LateDigest, LateMd5, type LateMd5Options } from './md5/late-md5.ts';
export type { Md5Content } from './md5/md5-of-each.ts';

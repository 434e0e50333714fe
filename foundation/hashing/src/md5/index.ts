export { type LateDigest, LateMd5, type LateMd5Options } from './late-md5.ts';
export type { Md5Content } from './md5-of-each.ts';

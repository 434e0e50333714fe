// Reading the extended attributes of an entry, never through a symlink. ACLs are the attributes
// `system.posix_acl_access` and `system.posix_acl_default`, in the kernel's own form.

import type { ExtendedAttribute } from '../format/tree-entry.ts';
import { errnoOf, type Libc, systemError } from './libc.ts';

/** The kernel's own limit on one value and on the list of names (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const attributeBytesMax = 65_536n;
const scratch = Buffer.alloc(Number(attributeBytesMax));
const none: readonly ExtendedAttribute[] = [];

/**
 * All attributes that this process may see, sorted by the bytes of their names; none where the filesystem has none.
 * `path` ends at its NUL. An attribute that goes away meanwhile is left out; any other failure throws the system's error.
 */
export function readExtendedAttributes(libc: Libc, path: Uint8Array): readonly ExtendedAttribute[] {
  const listBytes = Number(libc.functions.llistxattr(path, scratch, attributeBytesMax));
  if (listBytes < 0) return unlessUnsupported(libc.errno(), 'llistxattr', path);
  if (listBytes === 0) return none;
  return attributeNames(scratch.subarray(0, listBytes))
    .sort(Buffer.compare)
    .map((name) => readAttribute(libc, path, name))
    .filter((attribute) => attribute !== undefined);
}

function readAttribute(libc: Libc, path: Uint8Array, name: Uint8Array): ExtendedAttribute | undefined {
  const length = Number(libc.functions.lgetxattr(path, name, scratch, attributeBytesMax));
  if (length < 0) {
    unlessUnsupported(libc.errno(), 'lgetxattr', path);
    return undefined;
  }
  return { name: name.subarray(0, -1), value: Uint8Array.from(scratch.subarray(0, length)) };
}

function unlessUnsupported(errno: number, call: string, path: Uint8Array): readonly ExtendedAttribute[] {
  if (errno === errnoOf.ENOTSUP || errno === errnoOf.ENODATA) return none;
  throw systemError(errno, call, path.subarray(0, path.indexOf(0)));
}

/** The list is names one after another, each with its NUL, which is kept. */
function attributeNames(list: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < list.length; ) {
    const end = list.indexOf(0, start) + 1;
    names.push(Uint8Array.from(list.subarray(start, end)));
    start = end;
  }
  return names;
}

// Paths as bytes, put together and taken apart. The root is the empty path or `/`.

const slash = 0x2f;

/** `directory` and `name` with a slash between. */
export function joinPath(directory: Uint8Array, name: Uint8Array): Uint8Array {
  const path = new Uint8Array(directory.length + 1 + name.length);
  path.set(directory);
  path[directory.length] = slash;
  path.set(name, directory.length + 1);
  return path;
}

/** The names of a path; slashes at its ends and doubled ones do not count. */
export function namesOf(path: Uint8Array): readonly Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < path.length; ) {
    const found = path.indexOf(slash, start);
    const end = found === -1 ? path.length : found;
    if (end > start) names.push(path.subarray(start, end));
    start = end + 1;
  }
  return names;
}

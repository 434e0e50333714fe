// What says of a directory that it is a cache, which nobody needs in a backup: https://bford.info/cachedir/

export const cacheTagName = 'CACHEDIR.TAG';
/** The file begins with it. */
export const cacheTagSignature = 'Signature: 8a477f597d28d172789f06886806bc55';

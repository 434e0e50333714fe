// What is digested side by side.

/** Digesting some side by side takes as long as eight, and OpenSSL is as fast with four. */
export const digestedTogetherMin = 5;
/** Contents that wait to be digested with others, and how long one is at most that does. */
export const digestedLaterMax = 64;
export const digestedLaterLengthMax = 8 * 1024;

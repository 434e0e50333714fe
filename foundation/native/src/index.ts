export {
  type AeadCipher,
  aeadCipher,
  type CipherName,
  keyBytes,
  type MessagePlace,
  nonceBytes,
  tagBytes,
} from './aead-cipher.ts';
export { type ForeignFunctions, foreignFunctions } from './foreign-functions.ts';
export {
  type FreeLater,
  freeAtThreadsEnd,
  type Memory,
  openProgramLibrary,
  type Pointer,
} from './program-library.ts';
export { readCached } from './read-cached.ts';
export { setBatchPolicy, setTimeSlice } from './scheduling.ts';

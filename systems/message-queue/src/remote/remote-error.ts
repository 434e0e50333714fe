// What is wrong with the blobs engine besides what it says itself (BlobsError). Never reaches a client: a read that fails is
// KAFKA_STORAGE_ERROR, moving is tried again.

export class RemoteError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RemoteError';
  }
}

// What the metadata store named is gone from the data store: somebody replaced or deleted the object in between.

export class ContentGone extends Error {
  constructor() {
    super('the object was replaced or deleted while it was being opened');
    this.name = 'ContentGone';
  }
}

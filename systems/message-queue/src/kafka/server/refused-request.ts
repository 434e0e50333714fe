// A request that is understood and cannot be answered: its connection is cut, as by Kafka.

export class RefusedRequest extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'RefusedRequest';
  }
}

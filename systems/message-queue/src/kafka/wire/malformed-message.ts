// What is thrown for bytes that are no message: the connection that sent them is closed, as Kafka does.

export class MalformedMessageError extends Error {
  constructor(detail: string, options: { at: number }) {
    super(`malformed message: ${detail} at byte ${options.at}`);
    this.name = 'MalformedMessageError';
  }
}

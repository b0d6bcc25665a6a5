/** Something the caller can mend: shown as one sentence, without a stack, with exit code 1. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}

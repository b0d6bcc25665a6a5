import { SourceError } from '../../src/reconcile/ports.ts'

/** The SourceError a promise ends with; fails when it ends otherwise. */
export async function sourceErrorOf(promise: Promise<unknown>): Promise<SourceError> {
  const error = await promise.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  )
  if (error instanceof SourceError) return error
  throw error
}

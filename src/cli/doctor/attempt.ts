import { CloudError } from '../../reconcile/ports.ts'

/** An answer of Azure, or why there is none. */
export async function attempt<Value>(ask: () => Promise<Value>): Promise<Value | CloudError> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof CloudError) return error
    throw error
  }
}

import { z } from 'zod'
import { prose, text } from '../../kinds/fields.ts'
import { hostName } from './host-name.ts'
import type { Provider } from './provider.ts'

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/

// Printable ASCII without what could leave the path: "\" and "//" may name another host to a lax reader.
function checkPath(path: string): string | undefined {
  const isPath = /^\/[!-~]*$/.test(path) && !path.startsWith('//') && !/[\\#]/.test(path)
  return isPath ? undefined : 'must be a path from "/", percent-encoded, without "#" and "\\"'
}

const schema = z.strictObject({
  host: hostName(),
  path: text(1_024, checkPath),
  /** RFC 6901: where the number stands in the answer; '' = it is the answer. */
  pointer: prose(512).refine((pointer) => POINTER.test(pointer), {
    error: 'must be a JSON pointer, like /data/errorRate',
    params: { reason: 'InvalidValue' },
  }),
})

export type WebQuery = z.infer<typeof schema>

/** A number in the JSON that a configured host gives at a path, with the same placeholders as Prometheus' queries. */
export const web: Provider<WebQuery> = {
  name: 'web',
  wants: ['value'],
  schema,
  graceMs: 0,
  minWindowMs: 1_000,
}
